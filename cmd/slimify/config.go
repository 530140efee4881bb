package main

import (
	"bytes"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

func newConfig(t *terminal.Terminal) *cobra.Command {
	var fl slimFlags
	var s *settings.Settings
	cmd := &cobra.Command{
		Use:   "config [flags]",
		Short: "Show the settings in force and their source: flag, variable or file",
		Long: `config takes the flags of the default command and shows the value of each and its
source: a flag, a SLIMIFY_* variable, the configuration file with its line, or the
default. Flags win over variables, and variables over the file: the first
.slimify.yaml from the working directory upward, or the one that --config names.`,
		Example: `  slimify config
  slimify config --config ci/slimify.yaml --keep deb:git
  slimify config -o json`,
		Args: usage.Args(),
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err = settings.Configure(cmd)
			return err
		},
		RunE: func(*cobra.Command, []string) error { return s.Explain(fl.show(t, s)) },
	}
	fl.define(cmd.Flags())
	return cmd
}

// show prints the settings in force, if they are valid.
func (fl *slimFlags) show(t *terminal.Terminal, s *settings.Settings) error {
	if err := fl.check(t); err != nil {
		return err
	}
	doc := s.Document(map[string]any{
		"base": analyze.DefaultBase(), "cache-dir": fl.Opts.CacheDir, "tmpdir": os.TempDir(), "jobs": runtime.GOMAXPROCS(0),
	})
	if fl.output == output.JSON {
		return t.PrintJSON(doc)
	}
	var text bytes.Buffer
	doc.Print(&text)
	return t.Print(&text)
}
