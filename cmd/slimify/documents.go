package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/report"
)

// bomForms are the forms of bills of materials by the end of a file's name.
var bomForms = []struct {
	end  string
	form report.Document
}{
	{".spdx.json", report.SPDX},
	{".cdx.json", report.CycloneDX},
}

// bomFile is a file to write a bill of materials to.
type bomFile struct {
	path, end string
	form      report.Document
}

func (f bomFile) String() string { return f.path }

// parseBOMFile reads the form from a file's name.
func parseBOMFile(path string) (bomFile, error) {
	for _, f := range bomForms {
		if strings.HasSuffix(path, f.end) {
			return bomFile{path, f.end, f.form}, nil
		}
	}
	return bomFile{}, errors.New("its name does not tell the form: call it *.spdx.json for SPDX 2.3 or *.cdx.json for CycloneDX 1.6")
}

// of lists what the file is to hold, by platform.
func (f bomFile) of(rep *report.Report) map[string][]byte {
	out := make(map[string][]byte)
	for _, p := range rep.Platforms {
		out[p.Platform] = p.Documents[f.form]
	}
	return out
}

// attachable are the documents by the names that --attach takes.
var attachable = map[string][]report.Document{
	"sbom":       {report.SPDX, report.CycloneDX},
	"provenance": {report.Provenance},
	"report":     {report.ReportJSON},
}

// attachFlags are the flags of the commands that attach documents to what they write.
type attachFlags struct{ names []string }

func (a *attachFlags) add(f *pflag.FlagSet) {
	f.StringSliceVar(&a.names, "attach", nil, "attach to the result, as OCI referrers: sbom, provenance, report, or several of them (sbom,provenance)")
}

// parse turns the flags into documents, each once.
func (a *attachFlags) parse() ([]report.Document, error) {
	var out []report.Document
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
