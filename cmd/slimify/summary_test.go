package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/report"
)

// fullReport is of an image of which there is much to tell.
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
					{Path: "/usr/lib/os-release", Size: 99e6}, // the base has it
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

// The summary of one platform fits ten lines, whatever there is to tell. In a log
// every warning stands.
func TestSummary(t *testing.T) {
	var doc bytes.Buffer
	tell := func(title string, rep *report.Report, dryRun bool, at *terminal) {
		fmt.Fprintln(&doc, title)
		var out bytes.Buffer
		c := &common{logFormat: "text"}
		c.opts.Log = slog.New(newTextHandler(&out, slog.LevelWarn, false))
		summarize(&out, rep, dryRun, false)
		c.warn(at, rep.Warnings)
		if n := bytes.Count(out.Bytes(), []byte("\n")); len(rep.Platforms) == 1 && at.screen.IsTerminal() && n > 10 {
			t.Errorf("%s: %d lines", title, n)
		}
		doc.WriteString(out.String() + "\n")
	}
	tty := &terminal{screen: &screen{tty: new(os.File)}}
	tell("much, at a terminal", fullReport(7, 5), true, tty)
	tell("two of all, at a terminal", fullReport(2, 2), false, tty)
	tell("much, in a log", fullReport(1, 3), false, &terminal{screen: new(screen)})
	bare := fullReport(0, 0)
	bare.Platforms[0].Packages, bare.Platforms[0].Verify.Notes = nil, 0
	bare.Platforms = append(bare.Platforms, report.Platform{Platform: "linux/arm64", Verify: report.Checked{Status: "skipped"}})
	tell("two platforms", bare, false, tty)
	for _, upToDate := range []bool{false, true} {
		rep := fullReport(1, 1)
		rep.Unchanged, rep.UpToDate = true, upToDate
		tell("nothing to do", rep, false, tty)
	}
	golden(t, "summary.golden", doc.Bytes())
	doc.Reset()
	summarize(&doc, fullReport(1, 0), false, true)
	if got := doc.String(); !strings.Contains(got, "verified    \x1b[32mpass\x1b[0m: 11 checks") || !strings.Contains(got, "\x1b[33mundecided\x1b[0m   tool:git") {
		t.Errorf("colours:\n%q", got)
	}
}

// What a program prints waits for the end of its line, where bars are, and is not
// lost.
func TestUnfinishedLine(t *testing.T) {
	var out bytes.Buffer
	s := new(screen)
	w := s.writer(&out)
	fmt.Fprint(w, "before, ")
	s.begin()
	fmt.Fprint(w, "a line\nand h")
	fmt.Fprint(w, "alf of one")
	if got, want := out.String(), "before, a line\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	fmt.Fprint(w, " more\nanother")
	fmt.Fprint(s.writer(&out), "the result\n")
	fmt.Fprint(w, "rest")
	s.end()
	fmt.Fprint(w, "after")
	if got, want := out.String(), "before, a line\nand half of one more\nanother\nthe result\nrest\nafter"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What stays as large is not told to be "1.0x smaller".
func TestRatio(t *testing.T) {
	for want, c := range map[string]report.Change{
		", 2.0x smaller": {Before: 10, After: 5}, "": {Before: 10, After: 10},
	} {
		if got := ratio(c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
