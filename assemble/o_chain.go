package assemble

import (
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// links tells of a chain of reasons as reports do.
func links(chain []extract.Reason) (out []report.Link) {
	for _, r := range chain {
		out = append(out, report.Link{Rule: r.Rule.Name, Reason: r.Text, From: absolute(r.From)})
	}
	return out
}
