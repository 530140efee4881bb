package output

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/page"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/usage"
)

// The formats of results, as --output names them.
const (
	Text     = "text"
	JSON     = "json"
	Markdown = "markdown"
	HTML     = "html" // to a file only
)

// reportForms are the formats of --report by file extension.
var reportForms = map[string]string{".html": HTML, ".json": JSON, ".md": Markdown}

// reportForm is the format of a file of --report, or "".
func reportForm(file string) string { return reportForms[strings.ToLower(filepath.Ext(file))] }

// CheckReports checks the files of --report, and sets the options that the documents need.
func CheckReports(files []string, output string, opts *assemble.RefOptions) error {
	for _, file := range files {
		form := reportForm(file)
		if form == "" {
			return usage.Errorf("--report %s: unknown extension; choose .html, .json or .md", file)
		}
		opts.Details = true
		opts.Picture = opts.Picture || form == HTML
	}
	opts.Details = opts.Details || output == Markdown
	return nil
}

// WriteReport writes a report in a format.
func WriteReport(w io.Writer, rep *report.Report, form string) error {
	if form == JSON { // it lists every path
		return rep.WriteJSON(w)
	}
	render := page.Markdown
	if form == HTML {
		render = page.HTML
	}
	doc, err := render(rep, buildinfo.Version())
	if err != nil {
		return err
	}
	_, err = w.Write(doc)
	return err
}

// WriteReports writes the files of --metadata-file and --report.
func WriteReports(rep *report.Report, files Files, metadata string, reports []string) error {
	forms := map[string]string{metadata: JSON}
	for _, file := range reports {
		forms[file] = reportForm(file)
	}
	for file, form := range forms {
		if err := files.writeWith(file, func(w io.Writer) error { return WriteReport(w, rep, form) }); err != nil {
			return err
		}
	}
	return nil
}
