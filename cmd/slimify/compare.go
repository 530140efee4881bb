package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/page"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// compareFlags are the flags of slimify compare.
type compareFlags struct {
	common
	output string
	gates  gateFlags
}

func newCompare(t *terminal) *cobra.Command {
	var fl compareFlags
	cmd := &cobra.Command{
		Use:   "compare [flags] BEFORE AFTER",
		Short: "Compare two images: sizes, layers, distributions, packages, configuration",
		Long: `compare reads all layers of two images and tells how they differ. They need not
be images that slimify made. Of indexes it compares the platforms that both have.
With --max-size or --min-saving it prints all the same, and fails if AFTER exceeds them.`,
		Example: `  slimify compare app:1.0 app:1.0-slim
  slimify compare --platform linux/arm64 -o json python:3.9 python:3.9-slim
  slimify compare --max-size 200MB app:1.0 app:1.1`,
		Args: exactArgs("BEFORE", "AFTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text, json or markdown")
	fl.gates.add(f)
	fl.add(f)
	return cmd
}

func (fl *compareFlags) run(ctx context.Context, t *terminal, before, after string) error {
	if err := fl.finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, formText, formJSON, formMarkdown); err != nil {
		return err
	}
	gates, err := fl.gates.parse()
	if err != nil {
		return err
	}
	b, err := reference.Parse(before)
	if err != nil {
		return err
	}
	a, err := reference.Parse(after)
	if err != nil {
		return err
	}
	c, err := assemble.Compare(ctx, b, a, assemble.CompareOptions{Access: fl.opts.Access, Platforms: fl.opts.Platforms})
	if err != nil {
		return err
	}
	if err := fl.print(t, c); err != nil {
		return err
	}
	for _, p := range c.Platforms {
		if err := gates.Check(after, p.Platform, p.Compressed); err != nil {
			return err
		}
	}
	return nil
}

// print writes a comparison to stdout in the form that was asked for.
func (fl *compareFlags) print(t *terminal, c *report.Comparison) error {
	if fl.output == formJSON {
		return t.printJSON(c)
	}
	var doc bytes.Buffer
	if fl.output == formMarkdown {
		text, err := page.CompareMarkdown(c)
		if err != nil {
			return err
		}
		doc.Write(text)
	} else {
		printComparison(&doc, c)
	}
	return t.print(&doc)
}

// Widths of the text, in characters: a terminal has at least 80, and what is cut
// is whole in the JSON.
const (
	refWidth  = 44
	textWidth = 64 // of steps and values
	nameWidth = 28 // of distributions, versions and fields
	// namedPackages is how many Debian packages are named.
	namedPackages = 5
)

// printComparison tells people how two images differ. Texts that come from the
// images are cut, and freed of what would steer the terminal.
func printComparison(w io.Writer, c *report.Comparison) {
	for i, p := range c.Platforms {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(c.Platforms) > 1 {
			fmt.Fprintf(w, "PLATFORM %s\n\n", fit(p.Platform, refWidth))
		}
		printSizes(w, c, p)
		printLayers(w, p.Layers)
		printDistributions(w, p.Distributions)
		printPackages(w, p.Debian)
		printSettings(w, p.Config)
	}
	for _, only := range []struct {
		in    string
		names []string
	}{{c.Before.Ref, c.OnlyBefore}, {c.After.Ref, c.OnlyAfter}} {
		if len(only.names) > 0 {
			fmt.Fprintf(w, "\nnot compared: only %s has %s\n", fit(only.in, refWidth), clean(strings.Join(only.names, ", ")))
		}
	}
}

// printSizes prints the headline: a line for each image, as docker images does.
func printSizes(w io.Writer, c *report.Comparison, p report.PlatformComparison) {
	before, after := fit(c.Before.Ref, refWidth), fit(c.After.Ref, refWidth)
	// The table is aligned to the right for its numbers, so the names bring
	// their own blanks, and what it puts before the names is taken off again.
	width := max(utf8.RuneCountInString(before), utf8.RuneCountInString(after), len("IMAGE"))
	const gap = 2
	var table strings.Builder
	tw := tabwriter.NewWriter(&table, 0, 0, gap, ' ', tabwriter.AlignRight)
	row := func(name, compressed, unpacked, files, layers string) {
		fmt.Fprintf(tw, "%-*s\t%s\t%s\t%s\t%s\t\n", width, name, compressed, unpacked, files, layers)
	}
	row("IMAGE", "COMPRESSED", "UNPACKED", "FILES", "LAYERS")
	row(before, size(p.Compressed.Before), size(p.Unpacked.Before), fmt.Sprint(p.Files.Before), fmt.Sprint(len(p.Layers.Before)))
	row(after, size(p.Compressed.After), size(p.Unpacked.After), fmt.Sprint(p.Files.After), fmt.Sprint(len(p.Layers.After)))
	row("", factor(p.Compressed, "smaller", "larger"), factor(p.Unpacked, "smaller", "larger"), factor(p.Files, "fewer", "more"), "")
	flush(tw)
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(w, strings.TrimRight(line[gap:], " \n"))
	}
	if p.Shared.Layers > 0 {
		fmt.Fprintf(w, "\n%s in both (marked =): with the first image at hand, the second is a pull of %s\n",
			count(p.Shared.Layers, "layer"), size(p.Compressed.After-p.Shared.Size))
	}
}

// factor tells how a number changed: "5.1x smaller".
func factor(c report.Change, less, more string) string {
	switch {
	case c.Before == c.After:
		return "same"
	case c.Before <= 0 || c.After <= 0:
		return ""
	case c.After < c.Before:
		return fmt.Sprintf("%.1fx %s", float64(c.Before)/float64(c.After), less)
	}
	return fmt.Sprintf("%.1fx %s", float64(c.After)/float64(c.Before), more)
}

func printLayers(w io.Writer, lists report.LayerLists) {
	for _, side := range []struct {
		title string
		list  []report.LayerDetail
	}{{"BEFORE", lists.Before}, {"AFTER", lists.After}} {
		fmt.Fprintf(w, "\nLAYERS %s\n", side.title)
		tw := tabwriter.NewWriter(w, 10, 0, 2, ' ', tabwriter.AlignRight)
		for _, l := range side.list {
			mark := " "
			if l.Shared {
				mark = "="
			}
			fmt.Fprintf(tw, "%s\t  %s %s\n", size(l.Size), mark, fit(cmp.Or(l.CreatedBy, "(no history)"), textWidth))
		}
		flush(tw)
	}
}

// printDistributions prints those whose version changed or that one image lacks.
func printDistributions(w io.Writer, list []report.PackageChange) {
	equal := 0
	var table bytes.Buffer
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, d := range list {
		if d.Before != nil && d.After != nil && d.Before.Version == d.After.Version {
			equal++
			continue
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", fit(d.Name, nameWidth), arrow(distVersion(d.Before), distVersion(d.After)), arrow(distSize(d.Before), distSize(d.After)))
	}
	flush(tw)
	fmt.Fprintf(w, "\nDISTRIBUTIONS  %d with equal versions, %d different\n%s", equal, len(list)-equal, table.Bytes())
}

func distVersion(d *report.PackageVersion) string {
	if d == nil {
		return ""
	}
	return fit(cmp.Or(d.Version, "?"), nameWidth)
}

func distSize(d *report.PackageVersion) string {
	if d == nil {
		return ""
	}
	return size(d.Size)
}

// arrow joins what was and what is; "" is shown as absent.
func arrow(before, after string) string {
	return cmp.Or(before, "none") + " → " + cmp.Or(after, "none")
}

func printPackages(w io.Writer, d report.DebianChanges) {
	fmt.Fprintf(w, "\nDEBIAN PACKAGES  %d → %d\n", d.Before, d.After)
	for _, line := range []struct {
		title string
		names []string
	}{{"added", d.Added}, {"removed", d.Removed}} {
		if len(line.names) == 0 {
			continue
		}
		listed, more := line.names, ""
		if len(listed) > namedPackages {
			listed, more = listed[:namedPackages], ", …"
		}
		fmt.Fprintf(w, "  %d %s: %s%s\n", len(line.names), line.title, fit(strings.Join(listed, ", "), textWidth), more)
	}
}

func printSettings(w io.Writer, list []report.SettingChange) {
	if len(list) == 0 {
		fmt.Fprintf(w, "\nCONFIG  the same\n")
		return
	}
	fmt.Fprintf(w, "\nCONFIG  %s\n", count(len(list), "difference"))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range list {
		before, after := fit(string(s.Before), textWidth), fit(string(s.After), textWidth)
		if utf8.RuneCountInString(before)+utf8.RuneCountInString(after) <= textWidth {
			fmt.Fprintf(tw, "  %s\t%s\n", fit(s.Field, nameWidth), arrow(before, after))
			continue
		}
		fmt.Fprintf(tw, "  %s\t%s →\n", fit(s.Field, nameWidth), cmp.Or(before, "none"))
		fmt.Fprintf(tw, "\t%s\n", cmp.Or(after, "none"))
	}
	flush(tw)
}

// flush ends a table. Its error is that of the writer below, which whoever owns
// that one sees.
func flush(tw *tabwriter.Writer) { _ = tw.Flush() }

// count is a number with its noun: "1 layer", "2 entries".
func count(n int, noun string) string {
	if n != 1 {
		if stem, ok := strings.CutSuffix(noun, "y"); ok {
			noun = stem + "ie"
		}
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// fit cleans a text and cuts its middle out if it is longer than width: of
// references, paths and commands both ends tell most.
func fit(s string, width int) string {
	r := []rune(clean(s))
	if len(r) <= width {
		return string(r)
	}
	head := (width - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(width-1-head):])
}

// clean replaces what is not printable: an image must not steer the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
