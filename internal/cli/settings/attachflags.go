package settings

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/usage"
)

// attachable maps the values of --attach to documents.
var attachable = map[string][]report.Document{
	"sbom":       {report.SPDX, report.CycloneDX},
	"provenance": {report.Provenance},
	"report":     {report.ReportJSON},
}

// AttachFlags are the flags of commands that attach documents to their result.
type AttachFlags struct{ names []string }

// Add defines the flags.
func (a *AttachFlags) Add(f *pflag.FlagSet) {
	f.StringSliceVar(&a.names, "attach", nil, "attach documents to the result as OCI referrers: sbom, provenance, report (separated by commas)")
}

// Parse returns the documents to attach, without duplicates.
func (a *AttachFlags) Parse() ([]report.Document, error) {
	var out []report.Document
	for _, name := range a.names {
		docs := attachable[name]
		if docs == nil {
			return nil, usage.Errorf("--attach %s: choose from sbom, provenance and report", name)
		}
		for _, d := range docs {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}
