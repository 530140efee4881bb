package main

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/report"
)

// The forms of documents, as --output names them.
const (
	formText     = "text"
	formJSON     = "json"
	formMarkdown = "markdown"
	formHTML     = "html" // to a file only
)

// reportForms are the forms of --report by the file's extension.
var reportForms = map[string]string{".html": formHTML, ".json": formJSON, ".md": formMarkdown}

// reportForm is the form that a file of --report gets.
func reportForm(file string) string { return reportForms[strings.ToLower(filepath.Ext(file))] }

// checkReports checks the files of --report, and tells the options what the
// documents need.
func checkReports(files []string, output string, opts *assemble.Options) error {
	for _, file := range files {
		form := reportForm(file)
		if form == "" {
			return usagef("--report %s: the extension says the form; choose .html, .json or .md", file)
		}
		opts.Details = true
		opts.Picture = opts.Picture || form == formHTML
	}
	opts.Details = opts.Details || output == formMarkdown
	return nil
}

// documents renders a report in the forms that are asked for, each once.
type documents struct {
	rep  *assemble.Report
	made map[string][]byte
}

func newDocuments(rep *assemble.Report) documents { return documents{rep, make(map[string][]byte)} }

// in returns the report in a form.
func (d documents) in(form string) (doc []byte, err error) {
	if doc := d.made[form]; doc != nil {
		return doc, nil
	}
	switch form {
	case formHTML:
		doc, err = report.HTML(d.rep, version())
	case formMarkdown:
		doc, err = report.Markdown(d.rep, version())
	case formJSON: // it lists every path
		doc, err = json.MarshalIndent(d.rep, "", "  ")
		doc = append(doc, '\n')
	}
	d.made[form] = doc
	return doc, err
}

// write writes the files of --metadata-file and --report.
func (d documents) write(files outputFiles, metadata string, reports []string) error {
	if metadata != "" {
		if err := d.writeTo(files, metadata, formJSON); err != nil {
			return err
		}
	}
	for _, file := range reports {
		if err := d.writeTo(files, file, reportForm(file)); err != nil {
			return err
		}
	}
	return nil
}

func (d documents) writeTo(files outputFiles, file, form string) error {
	doc, err := d.in(form)
	if err != nil {
		return err
	}
	return files.write(file, doc)
}

// writeNew writes the document that a file's extension names, for a file that was
// not made before.
func (d documents) writeNew(file string) error {
	files, err := createAll(file)
	if err != nil {
		return err
	}
	defer files.discard()
	return d.write(files, "", []string{file})
}
