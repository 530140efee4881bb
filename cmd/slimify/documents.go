package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
)

// bomForms are the forms of bills of materials by the end of a file's name.
var bomForms = []struct {
	end  string
	form assemble.Document
}{
	{".spdx.json", assemble.SPDX},
	{".cdx.json", assemble.CycloneDX},
}

// bomFile is a file to write a bill of materials to.
type bomFile struct {
	path, end string
	form      assemble.Document
}

// bomFlag is a repeatable flag of files, whose names tell the form.
type bomFlag []bomFile

func (v *bomFlag) Set(s string) error {
	for _, f := range bomForms {
		if strings.HasSuffix(s, f.end) {
			*v = append(*v, bomFile{s, f.end, f.form})
			return nil
		}
	}
	return fmt.Errorf("its name does not tell the form: call it *.spdx.json for SPDX 2.3 or *.cdx.json for CycloneDX 1.6")
}
func (v *bomFlag) Type() string   { return "file" }
func (v *bomFlag) String() string { return strings.Join(v.paths(), ",") }

func (v *bomFlag) paths() (out []string) {
	for _, f := range *v {
		out = append(out, f.path)
	}
	return out
}

// documents are the forms that are wanted.
func (v *bomFlag) documents() (out []assemble.Document) {
	for _, f := range *v {
		out = append(out, f.form)
	}
	return out
}

// write puts the bills of materials of a result into files. Of several platforms each
// has one of its own, with the platform in its name: app.linux-arm64.spdx.json.
func (v *bomFlag) write(rep *assemble.Report, files outputFiles) error {
	for _, f := range *v {
		if len(rep.Platforms) == 1 {
			if err := files.write(f.path, rep.Platforms[0].Documents[f.form]); err != nil {
				return err
			}
			continue
		}
		for _, p := range rep.Platforms {
			path := strings.TrimSuffix(f.path, f.end) + "." + strings.ReplaceAll(p.Platform, "/", "-") + f.end
			more, err := createAll(path)
			if err != nil {
				return err
			}
			if err := more.write(path, p.Documents[f.form]); err != nil {
				more.discard()
				return err
			}
		}
	}
	return nil
}

// attachable are the documents by the names that --attach takes.
var attachable = map[string][]assemble.Document{
	"sbom":       {assemble.SPDX, assemble.CycloneDX},
	"provenance": {assemble.Provenance},
	"report":     {assemble.ReportJSON},
}

// attachFlag is a repeatable flag of lists of documents.
type attachFlag struct{ to *[]assemble.Document }

func (v attachFlag) Set(s string) error {
	for name := range strings.SplitSeq(s, ",") {
		docs := attachable[name]
		if docs == nil {
			return fmt.Errorf("there is no %q to attach; choose of sbom, provenance and report", name)
		}
		for _, d := range docs {
			if !slices.Contains(*v.to, d) {
				*v.to = append(*v.to, d)
			}
		}
	}
	return nil
}
func (v attachFlag) Type() string { return "documents" }
func (v attachFlag) String() string {
	if v.to == nil || len(*v.to) == 0 {
		return ""
	}
	return fmt.Sprint(*v.to)
}

// addAttach adds the flag of the commands that write images.
func addAttach(f *pflag.FlagSet, opts *assemble.Options) {
	f.Var(attachFlag{&opts.Attach}, "attach", "attach to the result, as OCI referrers: sbom, provenance, report, or several of them (sbom,provenance)")
}
