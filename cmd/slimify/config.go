package main

import (
	"bytes"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
)

func newConfig(t *terminal) *cobra.Command {
	var fl slimFlags
	var s *settings
	cmd := &cobra.Command{
		Use:   "config [flags]",
		Short: "Show what is in force and from where: flags, variables, configuration file",
		Long: `config takes the flags of slimify itself and shows what each would be, and where
that comes from: a flag, a SLIMIFY_* variable, the configuration file with its
line, or the default. Flags win over variables, and these over the file: the first
.slimify.yaml from the working directory upward, or what --config names.`,
		Example: `  slimify config
  slimify config --config ci/slimify.yaml --keep deb:git
  slimify config -o json`,
		Args: exactArgs(),
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err = configure(cmd)
			return err
		},
		RunE: func(*cobra.Command, []string) error { return s.explain(fl.show(t, s)) },
	}
	fl.define(cmd.Flags())
	return cmd
}

// show prints what is in force, if slimify would take it.
func (fl *slimFlags) show(t *terminal, s *settings) error {
	if err := fl.check(t); err != nil {
		return err
	}
	doc := s.inForce(map[string]any{
		"base": assemble.DefaultBase, "cache-dir": fl.opts.CacheDir, "tmpdir": os.TempDir(), "jobs": runtime.GOMAXPROCS(0),
	})
	if fl.output == "json" {
		return t.printJSON(doc)
	}
	var text bytes.Buffer
	doc.print(&text)
	return t.print(&text)
}
