package text

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slimify/slimify/assemble/report"
)

// planWidth is the width of the lines of a plan, in characters.
const planWidth = 96

// PrintPlan prints what slimify would keep, add and drop.
func PrintPlan(w io.Writer, rep *report.Plan, all bool) {
	if rep.Unchanged {
		fmt.Fprintf(w, "%s stays as it is: there is nothing to slim\n", rep.Source.Ref)
	}
	for i, p := range rep.Platforms {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "image       %s (%s, %s", rep.Source.Ref, Clean(p.Platform), Count(p.Layers.Image, "layer"))
		if p.Layers.OriginalBase > 0 {
			fmt.Fprintf(w, ", the first %d from the original base image", p.Layers.OriginalBase)
		}
		fmt.Fprintf(w, ")\nbase        %s (%s)\n", p.Base.Ref, Clean(p.Base.Why))
		printBytes(w, p.Bytes, "about ")
		if onlyBase(p.Groups) {
			fmt.Fprintln(w, "            there is nothing to slim: the base has everything that the image has")
		}
		fmt.Fprintln(w)
		printGroups(w, p)
		printOpen(w, p.Undecided)
		if all {
			printPaths(w, p.Verdicts)
		}
	}
	if len(rep.Warnings) > 0 {
		fmt.Fprintln(w, "\nWARNINGS")
	}
	for _, warning := range rep.Warnings {
		fmt.Fprintf(w, "  %s\n", Wrap(Clean(warning.Message), planWidth-2, "\n    "))
	}
}

// onlyBase reports whether the base has everything that the image has.
func onlyBase(groups []report.Group) bool {
	return !slices.ContainsFunc(groups, func(g report.Group) bool { return g.Verdict != "in the base" })
}

// printGroups prints a line for each group below the line of its verdict.
func printGroups(w io.Writer, p report.PlatformPlan) {
	verdict, head := "", "%-23s   FILES      SIZE\n"
	for _, g := range p.Groups {
		if g.Files+g.Layers == 0 && (g.Verdict != "keep" || slices.Equal(g.Rules, []string{"parent"})) {
			continue // empty directories are left out unless somebody asked for them
		}
		if g.Verdict != verdict {
			fmt.Fprintf(w, head, strings.ToUpper(g.Verdict))
			verdict, head = g.Verdict, "%s\n"
		}
		line := fmt.Sprintf("  %-21s %7d %9s  ", g.Title, g.Files, Size(g.Size))
		rest := largest(g, planWidth-utf8.RuneCountInString(line))
		switch {
		case g.Layers > 0:
			line = fmt.Sprintf("  %-21s %7s %9s  ", g.Title, "", Size(g.Size))
			rest = Count(g.Layers, "layer") + ", compressed"
			if g.Files == 0 {
				rest += "; not read"
			}
		case g.Files == 0:
			line = fmt.Sprintf("  %-41s", g.Title)
			rest = fmt.Sprintf("%d empty %s", g.Directories, plural(g.Directories, "directory", "directories"))
		case g.FromOriginalBase > 0:
			own := fmt.Sprintf(" (%d from the original base image)", g.FromOriginalBase)
			if g.FromOriginalBase == g.Files {
				own = " (from the original base image)"
			}
			rest = largest(g, planWidth-utf8.RuneCountInString(line+own)) + own
		}
		fmt.Fprintln(w, strings.TrimRight(line+rest, " "))
	}
}

// largest names the largest items of a group, as many as fit into width.
func largest(g report.Group, width int) string {
	out := ""
	for i, s := range g.Largest {
		item := Fit(s.Name, NameWidth) + " " + Size(s.Size)
		if g.Names == 1 && g.Files == 1 {
			item = Fit(s.Name, width) // the size is in the column before
		}
		if i > 0 {
			item = ", " + item
		}
		more := ""
		if rest := g.Names - i - 1; rest > 0 {
			more = fmt.Sprintf(", %d more", rest)
		}
		if i > 0 && utf8.RuneCountInString(out+item+more) > width {
			return out + fmt.Sprintf(", %d more", g.Names-i)
		}
		if out += item; i == len(g.Largest)-1 {
			out += more
		}
	}
	return out
}

// printPaths lists every path with its verdict and reason.
func printPaths(w io.Writer, v report.Verdicts) {
	fmt.Fprintln(w, "\nPATHS")
	for _, list := range []struct {
		verdict string
		paths   []report.Path
	}{{"keep", slices.Concat(v.Kept, v.Added)}, {"drop", v.Removed}} {
		for _, p := range list.paths {
			fmt.Fprintf(w, "  %s  %s  %s\n", list.verdict, Clean(p.Path), Clean(because(p.Reason, p.From)))
		}
	}
}

// because is a reason with the path of its evidence.
func because(reason, from string) string {
	if from == "" {
		return reason
	}
	// If a reason ends in the name of its evidence, the path replaces the name.
	stem, last := reason, from[strings.LastIndexByte(from, '/')+1:]
	if before, ok := strings.CutSuffix(reason, " "+last); ok {
		stem = before
		return stem + " " + from
	}
	return stem + " (" + from + ")"
}
