package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/extract/verify"
)

// maxFindings is how many findings of one check and severity are told in text.
const maxFindings = 10

// PrintVerification tells people what was found: a line for each check, and
// below it what is amiss. Texts that come from the image are freed of what would
// steer the terminal.
func PrintVerification(w io.Writer, v *assemble.Verification) {
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
			fmt.Fprintf(w, "%-*s  %s  %s\n", width, c.Name, c.Status, Count(c.Looked, c.Unit))
			for _, severity := range []verify.Severity{verify.Failure, verify.Note} {
				printCheckFindings(w, c, severity)
			}
		}
		printRun(w, p.Run)
	}
}

// printCheckFindings prints a check's findings of one severity, those of one message
// as one.
func printCheckFindings(w io.Writer, c assemble.CheckReport, severity verify.Severity) {
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
			at = Clean(f.Path) + ": "
		}
		others := ""
		if n > 1 {
			others = fmt.Sprintf(" (and %d more like it)", n-1)
		}
		fmt.Fprintf(w, "  %s: %s%s%s\n", severity, at, Clean(f.Message), others)
	}
	if told > maxFindings {
		fmt.Fprintf(w, "  and %s more; -o json tells all\n", Count(told-maxFindings, "kind"))
	}
}

// printRun tells people what came of running programs.
func printRun(w io.Writer, run *assemble.RunReport) {
	if run == nil {
		return
	}
	if run.Exit != nil {
		how := fmt.Sprintf("exit status %d", *run.Exit)
		if run.TimedOut {
			how = "it was not done in time"
		}
		fmt.Fprintf(w, "run       %s  %s: %s (%s)\n", run.Status, Fit(strings.Join(run.Command, " "), textWidth), how, run.Runtime)
		return
	}
	for _, trial := range []struct {
		name, unit string
		assemble.TrialReport
	}{{"imported", "module", run.Imports}, {"scripts", "script", run.Scripts}} {
		status := "pass"
		if len(trial.Failed) > 0 {
			status = "fail"
		}
		fmt.Fprintf(w, "%-8s  %s  %s (%s)\n", trial.name, status, Count(trial.Total, trial.unit), run.Runtime)
		printTrial(w, "failure", trial.Failed)
		printTrial(w, "note", trial.Told)
	}
}

func printTrial(w io.Writer, severity string, findings []assemble.TrialFinding) {
	for i, f := range findings {
		if i == maxFindings {
			fmt.Fprintf(w, "  and %d more; -o json tells all\n", len(findings)-maxFindings)
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
