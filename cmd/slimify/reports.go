package main

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/page"
	"github.com/slimify/slimify/assemble/report"
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
func checkReports(files []string, output string, opts *assemble.RefOptions) error {
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

// writeReport writes a report in a form.
func writeReport(w io.Writer, rep *report.Report, form string) error {
	if form == formJSON { // it lists every path
		return rep.WriteJSON(w)
	}
	render := page.Markdown
	if form == formHTML {
		render = page.HTML
	}
	doc, err := render(rep, version())
	if err != nil {
		return err
	}
	_, err = w.Write(doc)
	return err
}

// writeReports writes the files of --metadata-file and --report.
func writeReports(rep *report.Report, files outputFiles, metadata string, reports []string) error {
	forms := map[string]string{metadata: formJSON}
	for _, file := range reports {
		forms[file] = reportForm(file)
	}
	for file, form := range forms {
		if err := files.writeWith(file, func(w io.Writer) error { return writeReport(w, rep, form) }); err != nil {
			return err
		}
	}
	return nil
}
