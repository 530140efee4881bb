package outline

import (
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
)

// Chain is a chain of reasons as reports have it.
func Chain(chain []selection.Reason) (out []report.Link) {
	for _, r := range chain {
		out = append(out, report.Link{Rule: r.Rule.Name, Reason: r.Text, From: image.Absolute(r.From)})
	}
	return out
}
