package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// The limits of an explanation without --all.
const (
	maxChains = 12 // different chains of evidence
	maxPaths  = 6  // paths that share a chain
)

// PrintExplanation prints whether something is kept, and why.
func PrintExplanation(w io.Writer, x *report.Explanation, all bool) {
	if x.Unchanged {
		fmt.Fprintf(w, "%s stays as it is: slimify created it\n", x.Source.Ref)
	}
	for i, p := range x.Platforms {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(x.Platforms) > 1 {
			fmt.Fprintf(w, "PLATFORM %s\n\n", Fit(p.Platform, refWidth))
		}
		for _, s := range p.Packages {
			fmt.Fprintf(w, "%s %s of %s (%s)\n", s.Kind, strings.TrimSpace(Clean(s.Name+" "+s.Version)), s.In, Clean(s.Path))
		}
		if len(p.Paths) > 1 || len(p.Packages) > 0 {
			fmt.Fprintf(w, "%s\n\n", tally(p.Paths))
		}
		printExplainedPaths(w, p, all)
		if p.Partial {
			fmt.Fprintln(w, "\nnot searched: the layers of the original base image, which are left behind; --all searches them too")
		}
	}
}

// tally counts paths by verdict: "12 paths: 10 kept (4.1 MB), 2 dropped (4 kB)".
func tally(paths []report.ExplainedPath) string {
	type sum struct {
		n     int
		bytes int64
	}
	sums := make(map[string]sum)
	for _, f := range paths {
		s := sums[f.Verdict]
		s.n++
		if !f.Directory {
			s.bytes += f.Size
		}
		sums[f.Verdict] = s
	}
	var out []string
	for _, v := range verdictOrder() {
		if s := sums[v]; s.n > 0 {
			out = append(out, fmt.Sprintf("%d %s (%s)", s.n, v, Size(s.bytes)))
		}
	}
	return strings.TrimSuffix(Count(len(paths), "path")+": "+strings.Join(out, ", "), ": ")
}

// verdictOrder is the order in which verdicts are printed.
func verdictOrder() []string { return []string{"kept", "in the base", "dropped"} }

// group is paths with one verdict and the same kind of evidence.
type group []report.ExplainedPath

// groups puts paths with the same chain of reasons together, in the order of verdicts and
// paths. The reasons may have different origins (each bytecode file has a source).
func groups(paths []report.ExplainedPath) []group {
	var out []group
	at := make(map[string]int)
	for _, v := range verdictOrder() {
		for _, f := range paths {
			if f.Verdict != v {
				continue
			}
			key := verdictText(f)
			for _, l := range f.Chain {
				key += "\n" + l.Reason
			}
			i, ok := at[key]
			if !ok {
				i, at[key] = len(out), len(out)
				out = append(out, nil)
			}
			out[i] = append(out[i], f)
		}
	}
	return out
}

// printExplainedPaths prints paths in groups that share a verdict and its evidence.
func printExplainedPaths(w io.Writer, p report.PlatformExplanation, all bool) {
	shown := 0
	for i, g := range groups(p.Paths) {
		if i == maxChains && !all {
			fmt.Fprintf(w, "%s more: --all lists them\n", Count(len(p.Paths)-shown, "path"))
			return
		}
		shown += len(g)
		for j, f := range g {
			if j == maxPaths && !all {
				fmt.Fprintf(w, "… and %d more\n", len(g)-j)
				break
			}
			fmt.Fprintf(w, "%s  %s%s\n", Clean(f.Path), verdictText(f), owner(p, f))
		}
		g.printChain(w)
		if keep := g.keep(); keep != "" {
			fmt.Fprintf(w, "  to keep %s: --keep %s\n", plural(len(g), "it", "them"), word(keep))
		}
	}
}

// verdictText describes the verdict of a path.
func verdictText(f report.ExplainedPath) string {
	switch {
	case f.To != "" && f.To != f.Path:
		return fmt.Sprintf("kept (%s) as %s", f.Part, Clean(f.To))
	case f.Part != "":
		return fmt.Sprintf("kept (%s)", f.Part)
	}
	return f.Verdict
}

// owner names the Debian package of a file, unless the question named it.
func owner(p report.PlatformExplanation, f report.ExplainedPath) string {
	if f.Package == "" || slices.ContainsFunc(p.Packages, func(s report.ExplainedPackage) bool { return s.Name == f.Package }) {
		return ""
	}
	return ", of Debian package " + Clean(f.Package)
}

// printChain prints a line for each reason, with its origin if all paths share it.
func (g group) printChain(w io.Writer) {
	for i, l := range g[0].Chain {
		from := l.From
		for _, f := range g[1:] {
			if f.Chain[i].From != from {
				from = ""
			}
		}
		if len(g) == 1 && from == g[0].Path {
			from = "" // it is its own evidence
		}
		fmt.Fprintf(w, "  ← %s\n", Clean(because(l.Reason, from)))
	}
}

// keep is the value of --keep that keeps all of them, or "".
func (g group) keep() string {
	for _, f := range g {
		if f.Keep != g[0].Keep {
			return ""
		}
	}
	return g[0].Keep
}
