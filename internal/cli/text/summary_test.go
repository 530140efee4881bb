package text

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/golden"
)

// fullReport is a report with undecided items and warnings.
func fullReport(undecided, warnings int) *report.Report {
	before := int64(1_044_000_000)
	rep := &report.Report{
		Source: report.Named{Ref: "app:1.0"}, Result: report.Named{Ref: "app@sha256:1"},
		Run: report.Run{Network: report.Network{Requests: 47, Downloaded: 109e6, Uploaded: 1.3e6, Mounted: 5}},
		Platforms: []report.Platform{{
			Platform: "linux/amd64",
			Base:     report.Base{Ref: "python:3.9.2-slim-bullseye", Why: "Python 3.9.2 on bullseye"},
			Bytes: report.Bytes{
				Compressed: report.Change{Before: 399e6, After: 79e6},
				Unpacked:   report.Unpacked{Before: &before, After: 215e6, Estimated: true},
			},
			Layers:        []report.Layer{{From: "base"}, {From: "reused"}, {From: "system"}},
			Distributions: make([]report.Distribution, 94),
			Packages:      []report.Package{{Name: "git", Size: 30e6}, {Name: "libpq5", Size: 1e6}},
			Verdicts: report.Verdicts{
				Kept: []report.Path{
					{Path: "/usr/bin/git", Part: "system", Size: 31e6}, {Path: "/etc/passwd", Part: "system", Size: 1200},
					{Path: "/app/app.py", Part: "application", Size: 250e3}, {Path: "/bin/flask", Part: "dependencies", Size: 41e6},
					{Path: "/usr/lib/os-release", Size: 99e6}, // in the base
				},
				Added:     []report.Path{{Path: "/usr/lib/libx.so", Part: "system", Size: 2e6}},
				Undecided: undecidedItems(undecided),
			},
			Verify: report.Checked{Status: "pass", Checks: make([]string, 11), Notes: 2},
		}},
	}
	for i := range warnings {
		rep.Warnings = append(rep.Warnings, report.Warning{Message: fmt.Sprintf("a person should know thing %d", i+1)})
	}
	return rep
}

// warningLog writes the messages of a log, a line each.
type warningLog struct {
	slog.Handler
	w io.Writer
}

func (l warningLog) Handle(_ context.Context, r slog.Record) error {
	_, err := fmt.Fprintln(l.w, "slimify: warning:", r.Message)
	return err
}

// The summary of one platform has at most ten lines. A log has all warnings.
func TestSummary(t *testing.T) {
	t.Parallel()
	var doc bytes.Buffer
	summarize := func(title string, rep *report.Report, dryRun, terminal bool) {
		fmt.Fprintln(&doc, title)
		var out bytes.Buffer
		PrintSummary(&out, rep, dryRun, false)
		LogWarnings(slog.New(warningLog{slog.Default().Handler(), &out}), rep.Warnings, !terminal)
		if n := bytes.Count(out.Bytes(), []byte("\n")); len(rep.Platforms) == 1 && terminal && n > 10 {
			t.Errorf("%s: %d lines", title, n)
		}
		doc.WriteString(out.String() + "\n")
	}
	summarize("much, at a terminal", fullReport(7, 5), true, true)
	summarize("two of each, at a terminal", fullReport(2, 2), false, true)
	summarize("much, in a log", fullReport(1, 3), false, false)
	bare := fullReport(0, 0)
	bare.Platforms[0].Packages, bare.Platforms[0].Verify.Notes = nil, 0
	bare.Platforms = append(bare.Platforms, report.Platform{Platform: "linux/arm64", Verify: report.Checked{Status: "skipped"}})
	summarize("two platforms", bare, false, true)
	for _, upToDate := range []bool{false, true} {
		rep := fullReport(1, 1)
		rep.Unchanged, rep.UpToDate = true, upToDate
		summarize("nothing to do", rep, false, true)
	}
	golden.Check(t, "testdata/summary.golden", doc.String())
	doc.Reset()
	PrintSummary(&doc, fullReport(1, 0), false, true)
	if got := doc.String(); !strings.Contains(got, "verified    \x1b[32mpass\x1b[0m: 11 checks") || !strings.Contains(got, "\x1b[33mundecided\x1b[0m   tool:git") {
		t.Errorf("colours:\n%q", got)
	}
}

// A size that stays the same is not "1.0x smaller".
func TestRatio(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]report.Change{
		", 2.0x smaller": {Before: 10, After: 5}, "": {Before: 10, After: 10},
	} {
		if got := ratio(c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
