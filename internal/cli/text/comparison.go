package text

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/slimify/slimify/assemble/report"
)

// PrintComparison prints how two images differ.
func PrintComparison(w io.Writer, c *report.Comparison) {
	for i, p := range c.Platforms {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(c.Platforms) > 1 {
			fmt.Fprintf(w, "PLATFORM %s\n\n", Fit(p.Platform, refWidth))
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
			fmt.Fprintf(w, "\nnot compared: only %s has %s\n", Fit(only.in, refWidth), Clean(strings.Join(only.names, ", ")))
		}
	}
}

// printSizes prints a line for each image, as docker images does.
func printSizes(w io.Writer, c *report.Comparison, p report.PlatformComparison) {
	before, after := Fit(c.Before.Ref, refWidth), Fit(c.After.Ref, refWidth)
	// The table is aligned to the right for its numbers. Names are padded here, and the
	// gap before them is removed.
	width := max(utf8.RuneCountInString(before), utf8.RuneCountInString(after), len("IMAGE"))
	const gap = 2
	var table strings.Builder
	tw := tabwriter.NewWriter(&table, 0, 0, gap, ' ', tabwriter.AlignRight)
	row := func(name, compressed, unpacked, files, layers string) {
		fmt.Fprintf(tw, "%-*s\t%s\t%s\t%s\t%s\t\n", width, name, compressed, unpacked, files, layers)
	}
	row("IMAGE", "COMPRESSED", "UNPACKED", "FILES", "LAYERS")
	row(before, Size(p.Compressed.Before), Size(p.Unpacked.Before), fmt.Sprint(p.Files.Before), fmt.Sprint(len(p.Layers.Before)))
	row(after, Size(p.Compressed.After), Size(p.Unpacked.After), fmt.Sprint(p.Files.After), fmt.Sprint(len(p.Layers.After)))
	row("", factor(p.Compressed, "smaller", "larger"), factor(p.Unpacked, "smaller", "larger"), factor(p.Files, "fewer", "more"), "")
	Flush(tw)
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(w, strings.TrimRight(line[gap:], " \n"))
	}
	if p.Shared.Layers > 0 {
		fmt.Fprintf(w, "\n%s in both (marked =): a host that has BEFORE downloads %s to pull AFTER\n",
			Count(p.Shared.Layers, "layer"), Size(p.Compressed.After-p.Shared.Size))
	}
}

// factor describes how a number changed: "5.1x smaller".
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

// printLayers lists the layers of both images.
// printLayers lists the layers of both images.
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
			fmt.Fprintf(tw, "%s\t  %s %s\n", Size(l.Size), mark, Fit(cmp.Or(l.CreatedBy, "(no history)"), textWidth))
		}
		Flush(tw)
	}
}

// printDistributions lists the Python packages that differ.
func printDistributions(w io.Writer, list []report.PackageChange) {
	equal := 0
	var table bytes.Buffer
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, d := range list {
		if d.Before != nil && d.After != nil && d.Before.Version == d.After.Version {
			equal++
			continue
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", Fit(d.Name, NameWidth), arrow(distVersion(d.Before), distVersion(d.After)), arrow(distSize(d.Before), distSize(d.After)))
	}
	Flush(tw)
	fmt.Fprintf(w, "\nPYTHON PACKAGES  %d with equal versions, %d different\n%s", equal, len(list)-equal, table.Bytes())
}

// distVersion is the version of a Python package; "" where it is not installed.
// distVersion is the version of a Python package; "" where it is not installed.
func distVersion(d *report.PackageVersion) string {
	if d == nil {
		return ""
	}
	return Fit(cmp.Or(d.Version, "?"), NameWidth)
}

// distSize is the size of a Python package; "" where it is not installed.
// distSize is the size of a Python package; "" where it is not installed.
func distSize(d *report.PackageVersion) string {
	if d == nil {
		return ""
	}
	return Size(d.Size)
}

// arrow joins a value before and after; "" is shown as none.
func arrow(before, after string) string {
	return cmp.Or(before, "none") + " → " + cmp.Or(after, "none")
}

// printPackages lists the Debian packages that differ.
// printPackages lists the Debian packages that differ.
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
		fmt.Fprintf(w, "  %d %s: %s%s\n", len(line.names), line.title, Fit(strings.Join(listed, ", "), textWidth), more)
	}
}

// printSettings lists the differences of the configuration.
// printSettings lists the differences of the configuration.
func printSettings(w io.Writer, list []report.SettingChange) {
	if len(list) == 0 {
		fmt.Fprintf(w, "\nCONFIG  no differences\n")
		return
	}
	fmt.Fprintf(w, "\nCONFIG  %s\n", Count(len(list), "difference"))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range list {
		before, after := Fit(string(s.Before), textWidth), Fit(string(s.After), textWidth)
		if utf8.RuneCountInString(before)+utf8.RuneCountInString(after) <= textWidth {
			fmt.Fprintf(tw, "  %s\t%s\n", Fit(s.Field, NameWidth), arrow(before, after))
			continue
		}
		fmt.Fprintf(tw, "  %s\t%s →\n", Fit(s.Field, NameWidth), cmp.Or(before, "none"))
		fmt.Fprintf(tw, "\t%s\n", cmp.Or(after, "none"))
	}
	Flush(tw)
}
