package terminal

import (
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/usage"
)

// Messages are the flags that choose what a command prints on stderr while it runs.
type Messages struct {
	Quiet     bool
	Verbose   bool
	logFormat string // text or json
	progress  string // one of progressForms
}

// Add defines the flags.
func (m *Messages) Add(f *pflag.FlagSet) {
	f.BoolVarP(&m.Quiet, "quiet", "q", false, "print only the result and errors")
	f.BoolVarP(&m.Verbose, "verbose", "v", false, "print each step and decision")
	f.StringVar(&m.logFormat, "log-format", "text", "format of messages on stderr: text or json")
	f.StringVar(&m.progress, "progress", progressAuto, "progress on stderr: bars on a terminal (auto), plain lines or none")
}

// progressForm chooses how to show progress: as bars (progressAuto), as lines or not at
// all.
func (m *Messages) progressForm(terminal bool, getenv func(string) string) (form string, err error) {
	form = m.progress
	if !slices.Contains(ProgressForms(), form) {
		return "", usage.Errorf("--progress %s: choose %s", form, strings.Join(ProgressForms(), ", "))
	}
	switch {
	case m.Quiet:
		return progressNone, nil
	case form == progressAuto && terminal && getenv("CI") == "" && m.logFormat == "text":
		return progressAuto, nil
	case form == progressAuto:
		return progressPlain, nil
	}
	return form, nil
}

// Start starts to print messages and progress as the flags ask. Close ends the progress.
func (t *Terminal) Start(m Messages) (*slog.Logger, reference.Progress, error) {
	if m.Quiet && m.Verbose {
		return nil, nil, usage.Errorf("--quiet and --verbose cannot be combined")
	}
	form, err := m.progressForm(t.Interactive(), os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	level := slog.LevelWarn
	switch {
	case m.Verbose:
		level = slog.LevelDebug
	case form == progressPlain:
		level = slog.LevelInfo
	}
	var log *slog.Logger
	switch m.logFormat {
	case "text":
		log = slog.New(newTextHandler(t.Stderr, level, t.Palette))
	case "json":
		records := func(level slog.Level) *slog.Logger {
			return slog.New(slog.NewJSONHandler(t.Stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
		}
		log, t.Records = records(level), records(slog.LevelInfo)
	default:
		return nil, nil, usage.Errorf("--log-format %s: choose text or json", m.logFormat)
	}
	return log, t.show(form, log, m.logFormat), nil
}
