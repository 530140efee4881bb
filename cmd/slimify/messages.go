package main

import (
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/reference"
)

// messages are the flags that choose what a command prints on stderr while it runs.
type messages struct {
	quiet     bool
	verbose   bool
	logFormat string // text or json
	progress  string // one of progressForms
}

func (m *messages) add(f *pflag.FlagSet) {
	f.BoolVarP(&m.quiet, "quiet", "q", false, "print the result and errors, nothing else")
	f.BoolVarP(&m.verbose, "verbose", "v", false, "print each step and decision")
	f.StringVar(&m.logFormat, "log-format", "text", "form of messages on stderr: text or json")
	f.StringVar(&m.progress, "progress", progressAuto, "progress on stderr: bars on a terminal (auto), plain lines, or none")
}

// progressForm chooses how progress is shown: as bars (progressAuto), plain or not at all.
func (m *messages) progressForm(terminal bool, getenv func(string) string) (form string, err error) {
	form = m.progress
	if !slices.Contains(progressForms(), form) {
		return "", usagef("--progress %s: choose %s", form, strings.Join(progressForms(), ", "))
	}
	switch {
	case m.quiet:
		return progressNone, nil
	case form == progressAuto && terminal && getenv("CI") == "" && m.logFormat == "text":
		return progressAuto, nil
	case form == progressAuto:
		return progressPlain, nil
	}
	return form, nil
}

// start begins to print messages and progress as the flags ask. Close ends the progress.
func (t *terminal) start(m messages) (*slog.Logger, reference.Progress, error) {
	if m.quiet && m.verbose {
		return nil, nil, usagef("--quiet and --verbose exclude each other")
	}
	form, err := m.progressForm(t.interactive(), os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	level := slog.LevelWarn
	switch {
	case m.verbose:
		level = slog.LevelDebug
	case form == progressPlain:
		level = slog.LevelInfo
	}
	var log *slog.Logger
	switch m.logFormat {
	case "text":
		log = slog.New(newTextHandler(t.stderr, level, t.colour))
	case "json":
		records := func(level slog.Level) *slog.Logger {
			return slog.New(slog.NewJSONHandler(t.stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
		}
		log, t.records = records(level), records(slog.LevelInfo)
	default:
		return nil, nil, usagef("--log-format %s: choose text or json", m.logFormat)
	}
	return log, t.show(form, log, m.logFormat), nil
}
