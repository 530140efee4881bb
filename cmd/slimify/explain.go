package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/explain"
)

// explainFlags are the flags of slimify explain.
type explainFlags struct {
	choosing
	output string
	all    bool
}

func newExplain(t *terminal) *cobra.Command {
	var fl explainFlags
	cmd := &cobra.Command{
		Use:   "explain [flags] FAT WHAT",
		Short: "Tell why something would be kept or dropped, down to the root of the evidence",
		Long: `explain tells what would become of something in FAT, and why: WHAT is an absolute
path or a glob (/opt/**), dist:NAME, deb:NAME, a library's name (libpq.so.5), or
a name of a distribution or a Debian package. It writes nothing.`,
		Example: `  slimify explain app:1.0 /usr/bin/git
  slimify explain app:1.0 libpq.so.5
  slimify explain app:1.0 '/opt/**/*.json'
  slimify explain app:1.0 dist:flask`,
		Args: exactArgs("FAT", "WHAT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text, or json with every path")
	f.BoolVar(&fl.all, "all", false, "list every path, those of the image's own base too (its layers are read)")
	fl.add(f)
	return cmd
}

func (fl *explainFlags) run(ctx context.Context, t *terminal, fat, text string) error {
	if err := fl.finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, formText, formJSON); err != nil {
		return err
	}
	src, err := reference.Parse(fat)
	if err != nil {
		return err
	}
	what, err := explain.ParseQuery(text)
	if err != nil {
		return usageError{err}
	}
	x, err := assemble.Explain(ctx, src, what, assemble.ExplainOptions{Access: fl.opts.Access, Choices: fl.opts.Choices, All: fl.all})
	if err != nil {
		return err
	}
	if fl.output == "json" {
		return t.printJSON(x)
	}
	var doc bytes.Buffer
	printExplanation(&doc, x, fl.all)
	return t.print(&doc)
}

// How much of an explanation is told without --all.
const (
	maxChains = 12 // different chains of evidence
	maxPaths  = 6  // paths that share one
)

// printExplanation tells people what becomes of something.
func printExplanation(w io.Writer, x *report.Explanation, all bool) {
	if x.Unchanged {
		fmt.Fprintf(w, "%s stays as it is, all of it: slimify made it\n", x.Source.Ref)
	}
	for i, p := range x.Platforms {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(x.Platforms) > 1 {
			fmt.Fprintf(w, "PLATFORM %s\n\n", fit(p.Platform, refWidth))
		}
		for _, s := range p.Packages {
			fmt.Fprintf(w, "%s %s of %s (%s)\n", s.Kind, strings.TrimSpace(clean(s.Name+" "+s.Version)), s.In, clean(s.Path))
		}
		if len(p.Paths) > 1 || len(p.Packages) > 0 {
			fmt.Fprintf(w, "%s\n\n", tally(p.Paths))
		}
		printFindings(w, p, all)
		if p.Partial {
			fmt.Fprintln(w, "\nnot searched: the layers of FAT's own base, which stay behind; --all lists what they have")
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
			out = append(out, fmt.Sprintf("%d %s (%s)", s.n, v, size(s.bytes)))
		}
	}
	return strings.TrimSuffix(count(len(paths), "path")+": "+strings.Join(out, ", "), ": ")
}

// verdictOrder is the order in which verdicts are told.
func verdictOrder() []string { return []string{"kept", "in the base", "dropped"} }

// shared are paths with one verdict on evidence of one kind.
type shared []report.ExplainedPath

// share puts paths together, in the order of verdicts and paths. The evidence of
// two may lie in different places (the source of each bytecode file).
func share(paths []report.ExplainedPath) []shared {
	var out []shared
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

// printFindings tells paths that share a verdict and its evidence together.
func printFindings(w io.Writer, p report.PlatformExplanation, all bool) {
	told := 0
	for i, s := range share(p.Paths) {
		if i == maxChains && !all {
			fmt.Fprintf(w, "%s more: --all lists them\n", count(len(p.Paths)-told, "path"))
			return
		}
		told += len(s)
		for j, f := range s {
			if j == maxPaths && !all {
				fmt.Fprintf(w, "… and %d more\n", len(s)-j)
				break
			}
			fmt.Fprintf(w, "%s  %s%s\n", clean(f.Path), verdictText(f), owner(p, f))
		}
		s.printChain(w)
		if keep := s.keep(); keep != "" {
			fmt.Fprintf(w, "  to keep %s: --keep %s\n", plural(len(s), "it", "them"), word(keep))
		}
	}
}

// verdictText is what becomes of a path.
func verdictText(f report.ExplainedPath) string {
	switch {
	case f.To != "" && f.To != f.Path:
		return fmt.Sprintf("kept (%s) as %s", f.Part, clean(f.To))
	case f.Part != "":
		return fmt.Sprintf("kept (%s)", f.Part)
	}
	return f.Verdict
}

// owner tells which package a file is of, unless that was asked for.
func owner(p report.PlatformExplanation, f report.ExplainedPath) string {
	if f.Package == "" || slices.ContainsFunc(p.Packages, func(s report.ExplainedPackage) bool { return s.Name == f.Package }) {
		return ""
	}
	return ", of Debian package " + clean(f.Package)
}

// printChain prints a line for each link of the evidence: its place where all
// paths share that.
func (s shared) printChain(w io.Writer) {
	for i, l := range s[0].Chain {
		from := l.From
		for _, f := range s[1:] {
			if f.Chain[i].From != from {
				from = ""
			}
		}
		if len(s) == 1 && from == s[0].Path {
			from = "" // it is its own evidence
		}
		fmt.Fprintf(w, "  ← %s\n", clean(because(l.Reason, from)))
	}
}

// keep is what --keep takes to keep all of them, or "".
func (s shared) keep() string {
	for _, f := range s {
		if f.Keep != s[0].Keep {
			return ""
		}
	}
	return s[0].Keep
}
