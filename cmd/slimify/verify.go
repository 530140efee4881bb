package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// verifyFlags are the flags of slimify verify.
type verifyFlags struct {
	common
	output  string
	against string
	run     runFlags
}

func newVerify(t *terminal) *cobra.Command {
	var fl verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [flags] IMAGE [-- COMMAND...]",
		Short: "Look in an image for what would break it",
		Long: `verify reads all layers of an image and looks for what would break it: libraries
that no loader finds, interpreters, programs and modules that are not there,
accounts that nobody has. It need not be an image that slimify made. What Debian
packages brought is trusted.

With --against, what is amiss in that image too is no failure, and what works
there must work here. slimify makes the same checks before each push.

` + runHelp,
		Example: `  slimify verify app:1.0-slim
  slimify verify app:1.0-slim --against app:1.0
  slimify verify app:1.0-slim --against app:1.0 --run
  slimify verify app:1.0-slim --run -- python -m pytest`,
		Args: fl.run.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.verify(cmd.Context(), t, args)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text or json")
	f.StringVar(&fl.against, "against", "", "image that it was made of: what is amiss there too is no failure")
	fl.run.add(f)
	fl.add(f)
	return cmd
}

func (fl *verifyFlags) verify(ctx context.Context, t *terminal, args []string) error {
	if err := fl.finish(t); err != nil {
		return err
	}
	if fl.output != "text" && fl.output != "json" {
		return usagef("--output %s: choose text or json", fl.output)
	}
	run, err := fl.run.options(t, args[1:])
	if err != nil {
		return err
	}
	ref, err := reference.Parse(args[0])
	if err != nil {
		return err
	}
	var against reference.Ref
	if fl.against != "" {
		if against, err = reference.Parse(fl.against); err != nil {
			return err
		}
	}
	v, err := assemble.Verify(ctx, ref, against, assemble.VerifyOptions{Access: fl.opts.Access, Platforms: fl.opts.Platforms, Run: run})
	if err != nil {
		return err
	}
	if err := fl.print(t, v); err != nil {
		return err
	}
	if v.Failed() {
		return &unfitError{v}
	}
	return nil
}

// print writes the verification to stdout.
func (fl *verifyFlags) print(t *terminal, v *report.Verification) error {
	var doc bytes.Buffer
	if fl.output == "json" {
		enc := json.NewEncoder(&doc)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("encoding the verification: %w", err)
		}
	} else {
		printVerification(&doc, v)
	}
	if _, err := t.stdout.Write(doc.Bytes()); err != nil {
		return fmt.Errorf("writing the verification: %w", err)
	}
	return nil
}

// unfitError is an image whose verification failed, which stdout tells of.
type unfitError struct{ *report.Verification }

func (e *unfitError) Error() string {
	n := 0
	for _, p := range e.Platforms {
		for _, c := range p.Checks {
			n += c.Count(report.Failure)
		}
		n += runFailures(p.Run)
	}
	return fmt.Sprintf("verification of %s failed: %s", e.Image.Ref, count(n, "failure"))
}

// timedOut reports whether a command's time is all that failed.
func (e *unfitError) timedOut() bool {
	timedOut := false
	for _, p := range e.Platforms {
		for _, c := range p.Checks {
			if c.Count(report.Failure) > 0 {
				return false
			}
		}
		if p.Run == nil || runFailures(p.Run) == 0 {
			continue
		}
		if !p.Run.TimedOut {
			return false
		}
		timedOut = true
	}
	return timedOut
}

// maxFindings is how many findings of one check and severity are told in text.
const maxFindings = 10

// printVerification tells people what was found: a line for each check, and
// below it what is amiss. Texts that come from the image are freed of what would
// steer the terminal.
func printVerification(w io.Writer, v *report.Verification) {
	for i, p := range v.Platforms {
		if len(v.Platforms) > 1 {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "PLATFORM %s\n", fit(p.Platform, refWidth))
		}
		width := 0
		for _, c := range p.Checks {
			width = max(width, len(c.Name))
		}
		for _, c := range p.Checks {
			fmt.Fprintf(w, "%-*s  %s  %s\n", width, c.Name, c.Status, count(c.Looked, c.Unit))
			for _, severity := range []report.Severity{report.Failure, report.Note} {
				printCheckFindings(w, c, severity)
			}
		}
		printRun(w, p.Run)
	}
}

// printCheckFindings prints a check's findings of one severity, those of one message
// as one.
func printCheckFindings(w io.Writer, c report.Check, severity report.Severity) {
	told, more := 0, make(map[string]int)
	for _, f := range c.Findings {
		if f.Severity == severity {
			more[f.Message]++
		}
	}
	for _, f := range c.Findings {
		n := more[f.Message]
		if f.Severity != severity || n == 0 {
			continue
		}
		more[f.Message] = 0 // told
		if told++; told > maxFindings {
			continue
		}
		at := ""
		if f.Path != "" {
			at = clean(f.Path) + ": "
		}
		others := ""
		if n > 1 {
			others = fmt.Sprintf(" (and %d more like it)", n-1)
		}
		fmt.Fprintf(w, "  %s: %s%s%s\n", severity, at, clean(f.Message), others)
	}
	if told > maxFindings {
		fmt.Fprintf(w, "  and %s more; -o json tells all\n", count(told-maxFindings, "kind"))
	}
}
