package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// maxFindings is the number of findings that are printed of one check and severity.
const maxFindings = 10

// PrintVerification prints a line for each check, with its findings below.
func PrintVerification(w io.Writer, v *report.Verification) {
	for i, p := range v.Platforms {
		if len(v.Platforms) > 1 {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "PLATFORM %s\n", Fit(p.Platform, refWidth))
		}
		width := 0
		for _, c := range p.Checks {
			width = max(width, len(c.Name))
		}
		for _, c := range p.Checks {
			fmt.Fprintf(w, "%-*s  %s  %s\n", width, c.Name, c.Status, Count(c.Items, c.Unit))
			for _, severity := range []report.Severity{report.Failure, report.Note} {
				printCheckFindings(w, c, severity)
			}
		}
		printRun(w, p.Run)
	}
}

// printCheckFindings prints the findings of a check that have one severity. Findings with
// the same message are one line.
func printCheckFindings(w io.Writer, c report.Check, severity report.Severity) {
	shown, more := 0, make(map[string]int)
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
		more[f.Message] = 0
		if shown++; shown > maxFindings {
			continue
		}
		at := ""
		if f.Path != "" {
			at = Clean(f.Path) + ": "
		}
		others := ""
		if n > 1 {
			others = fmt.Sprintf(" (and %d more)", n-1)
		}
		fmt.Fprintf(w, "  %s: %s%s%s\n", severity, at, Clean(f.Message), others)
	}
	if shown > maxFindings {
		fmt.Fprintf(w, "  and %s more; see -o json\n", Count(shown-maxFindings, "kind"))
	}
}

// printRun prints the results of programs that were run.
func printRun(w io.Writer, run *report.Trial) {
	if run == nil {
		return
	}
	if run.Exit != nil {
		how := fmt.Sprintf("exit status %d", *run.Exit)
		if run.TimedOut {
			how = "timed out"
		}
		fmt.Fprintf(w, "run       %s  %s: %s (%s)\n", run.Status, Fit(strings.Join(run.Command, " "), textWidth), how, run.Runtime)
		return
	}
	for _, trial := range []struct {
		name, unit string
		report.TrialResult
	}{{"imported", "module", run.Imports}, {"scripts", "script", run.Scripts}} {
		status := "pass"
		if len(trial.Failed) > 0 {
			status = "fail"
		}
		fmt.Fprintf(w, "%-8s  %s  %s (%s)\n", trial.name, status, Count(trial.Total, trial.unit), run.Runtime)
		printTrial(w, "failure", trial.Failed)
		printTrial(w, "note", trial.Notes)
	}
}

// printTrial prints modules or scripts that failed.
func printTrial(w io.Writer, severity string, findings []report.TrialFailure) {
	for i, f := range findings {
		if i == maxFindings {
			fmt.Fprintf(w, "  and %d more; see -o json\n", len(findings)-maxFindings)
			return
		}
		name := f.Name
		if name == "" {
			name = f.Interpreter
		}
		of := ""
		if f.Distribution != "" {
			of = " of " + Clean(f.Distribution)
		}
		fmt.Fprintf(w, "  %s: %s%s: %s\n", severity, Clean(name), of, Clean(f.Reason))
	}
}
