package main

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
)

// attachable are the documents by the names that --attach takes.
var attachable = map[string][]assemble.Document{
	"sbom":       {assemble.SPDX, assemble.CycloneDX},
	"provenance": {assemble.Provenance},
	"report":     {assemble.ReportJSON},
}

// attachFlags are the flags of the commands that attach documents to what they write.
type attachFlags struct{ names []string }

func (a *attachFlags) add(f *pflag.FlagSet) {
	f.StringSliceVar(&a.names, "attach", nil, "attach to the result, as OCI referrers: sbom, provenance, report, or several of them (sbom,provenance)")
}

// parse turns the flags into documents, each once.
func (a *attachFlags) parse() ([]assemble.Document, error) {
	var out []assemble.Document
	for _, name := range a.names {
		docs := attachable[name]
		if docs == nil {
			return nil, usagef("--attach %s: choose of sbom, provenance and report", name)
		}
		for _, d := range docs {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}
