package settings

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/cli/usage"
)

// attachable are the documents by the names that --attach takes.
var attachable = map[string][]assemble.Document{
	"sbom":       {assemble.SPDX, assemble.CycloneDX},
	"provenance": {assemble.Provenance},
	"report":     {assemble.ReportJSON},
}

// AttachFlags are the flags of the commands that attach documents to what they write.
type AttachFlags struct{ names []string }

func (a *AttachFlags) Add(f *pflag.FlagSet) {
	f.StringSliceVar(&a.names, "attach", nil, "attach to the result, as OCI referrers: sbom, provenance, report, or several of them (sbom,provenance)")
}

// Parse turns the flags into documents, each once.
func (a *AttachFlags) Parse() ([]assemble.Document, error) {
	var out []assemble.Document
	for _, name := range a.names {
		docs := attachable[name]
		if docs == nil {
			return nil, usage.Errorf("--attach %s: choose of sbom, provenance and report", name)
		}
		for _, d := range docs {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}
