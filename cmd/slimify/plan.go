package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// planFlags are the flags of slimify plan.
type planFlags struct {
	choosing
	output string
	all    bool
}

func newPlan(t *terminal) *cobra.Command {
	var fl planFlags
	cmd := &cobra.Command{
		Use:   "plan [flags] FAT",
		Short: "Show what would be kept, added and dropped, and what needs a decision",
		Long: `plan shows what slimify would make of FAT, grouped by what becomes of the files
and why, with what evidence cannot decide and the flags that settle it. It
writes nothing. Sizes of the result are estimates.`,
		Example: `  slimify plan app:1.0
  slimify plan --minimal --keep deb:git app:1.0
  slimify plan -o json app:1.0`,
		Args: exactArgs("FAT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text, or json with every path")
	f.BoolVar(&fl.all, "all", false, "list every path, those of the image's own base too (its layers are read)")
	addStrict(f, &fl.opts)
	fl.add(f)
	return cmd
}

func (fl *planFlags) run(ctx context.Context, t *terminal, fat string) error {
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
	rep, err := assemble.Plan(ctx, src, assemble.PlanOptions{Access: fl.opts.Access, Choices: fl.opts.Choices, Strict: fl.opts.Strict, All: fl.all})
	var undecided *assemble.UndecidedError
	if err != nil && !errors.As(err, &undecided) {
		return err
	}
	// What is undecided stands in the plan, which is shown all the same.
	var doc bytes.Buffer
	if fl.output == "json" {
		return errors.Join(t.printJSON(rep), err)
	}
	printPlan(&doc, rep, fl.all)
	return errors.Join(t.print(&doc), err)
}

// planWidth is how wide the lines of a plan are, in characters.
const planWidth = 96

// printPlan tells people what would become of an image.
func printPlan(w io.Writer, rep *report.Plan, all bool) {
	if rep.Unchanged {
		fmt.Fprintf(w, "%s stays as it is: there is nothing to slim\n", rep.Source.Ref)
	}
	for i, p := range rep.Platforms {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "image       %s (%s, %s", rep.Source.Ref, clean(p.Platform), count(p.Layers.Image, "layer"))
		if p.Layers.OwnBase > 0 {
			fmt.Fprintf(w, ", the first %d of its own base", p.Layers.OwnBase)
		}
		fmt.Fprintf(w, ")\nbase        %s (%s)\n", p.Base.Ref, clean(p.Base.Why))
		printBytes(w, p.Bytes, "about ")
		if onlyBase(p.Groups) {
			fmt.Fprintln(w, "            there is nothing to slim: the base has all that the image has")
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
		fmt.Fprintf(w, "  %s\n", wrap(clean(warning.Message), planWidth-2, "\n    "))
	}
}

// onlyBase reports whether an image has nothing that the base has not.
func onlyBase(groups []report.Group) bool {
	return !slices.ContainsFunc(groups, func(g report.Group) bool { return g.Verdict != "in the base" })
}

// printGroups prints a line for each group below its verdict's.
func printGroups(w io.Writer, p report.PlatformPlan) {
	verdict, head := "", "%-23s   FILES      SIZE\n"
	for _, g := range p.Groups {
		if g.Files+g.Layers == 0 && (g.Verdict != "keep" || slices.Equal(g.Rules, []string{"parent"})) {
			continue // directories that nobody asked for are of no interest
		}
		if g.Verdict != verdict {
			fmt.Fprintf(w, head, strings.ToUpper(g.Verdict))
			verdict, head = g.Verdict, "%s\n"
		}
		line := fmt.Sprintf("  %-21s %7d %9s  ", g.Title, g.Files, size(g.Size))
		rest := largest(g, planWidth-utf8.RuneCountInString(line))
		switch {
		case g.Layers > 0:
			line = fmt.Sprintf("  %-21s %7s %9s  ", g.Title, "", size(g.Size))
			rest = count(g.Layers, "layer") + ", compressed"
			if g.Files == 0 {
				rest += "; not read"
			}
		case g.Files == 0:
			line = fmt.Sprintf("  %-41s", g.Title)
			rest = fmt.Sprintf("%d empty %s", g.Directories, plural(g.Directories, "directory", "directories"))
		case g.FromOwnBase > 0:
			own := fmt.Sprintf(" (%d of FAT's own base)", g.FromOwnBase)
			if g.FromOwnBase == g.Files {
				own = " (of FAT's own base)"
			}
			rest = largest(g, planWidth-utf8.RuneCountInString(line+own)) + own
		}
		fmt.Fprintln(w, strings.TrimRight(line+rest, " "))
	}
}

// largest names the largest of a group, as many as a width holds.
func largest(g report.Group, width int) string {
	out := ""
	for i, s := range g.Largest {
		item := fit(s.Name, nameWidth) + " " + size(s.Size)
		if g.Names == 1 && g.Files == 1 {
			item = fit(s.Name, width) // its size stands before it
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

// printOpen tells what needs a decision.
func printOpen(w io.Writer, items []report.Undecided) {
	if len(items) == 0 {
		fmt.Fprintln(w, "UNDECIDED               nothing")
		return
	}
	fmt.Fprintln(w, "UNDECIDED")
	shown := maxMentions
	if len(items) > maxMentions {
		shown = 1
	}
	for i, u := range items {
		if i == maxUndecided {
			fmt.Fprintf(w, "  %d more: see -o json\n", len(items)-i)
			break
		}
		more := ""
		if n := len(u.Mentions); n > shown {
			more = fmt.Sprintf(" (in %d places)", n)
		}
		fmt.Fprintf(w, "  %s: %s%s\n", clean(u.ID), clean(u.Reason), more)
		for _, m := range u.Mentions[:min(len(u.Mentions), shown)] {
			at := "      " + place(m) + "  "
			fmt.Fprintf(w, "%s%s\n", at, fit(m.Text, max(planWidth-utf8.RuneCountInString(at), nameWidth)))
		}
		fmt.Fprintf(w, "      %s\n", settling(u))
	}
}

// maxMentions is how many places of an undecided item are told, and of how many
// items more than one is.
const maxMentions = 2

// printPaths lists every path with its verdict and reason.
func printPaths(w io.Writer, v report.Verdicts) {
	fmt.Fprintln(w, "\nPATHS")
	for _, list := range []struct {
		verdict string
		paths   []report.Path
	}{{"keep", slices.Concat(v.Kept, v.Added)}, {"drop", v.Removed}} {
		for _, p := range list.paths {
			fmt.Fprintf(w, "  %s  %s  %s\n", list.verdict, clean(p.Path), clean(because(p.Reason, p.From)))
		}
	}
}

// because is a reason with the path that is its evidence.
func because(reason, from string) string {
	if from == "" {
		return reason
	}
	// A reason may end in the name of its evidence: then that becomes the path.
	stem, last := reason, from[strings.LastIndexByte(from, '/')+1:]
	if before, ok := strings.CutSuffix(reason, " "+last); ok {
		stem = before
		return stem + " " + from
	}
	return stem + " (" + from + ")"
}

// wrap breaks a text at blanks so that its lines are of a width; a word that is
// longer stays whole.
func wrap(text string, width int, newline string) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString(newline)
			at = utf8.RuneCountInString(newline) - 1
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
