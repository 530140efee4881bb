package main

import (
	"slices"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/help"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

// newRoot returns the tree of commands.
func newRoot(t *terminal.Terminal) *cobra.Command {
	slim := newSlim(t)
	root := &cobra.Command{
		Use:   "slimify [flags] FAT SLIM",
		Short: "Turn a single-stage Python image into a slim one, without Docker and without a rebuild",
		Long: `slimify takes a Python image that was built in a single stage (FROM python:3.12,
pip install, COPY) and writes the image that a careful multi-stage build would
give: its Python packages and application on the matching python:X.Y-slim.

An image is a reference in a registry, oci:DIR[:TAG], oci-archive:FILE[:TAG] or
docker-archive:FILE[:REF].`,
		Example: `  slimify registry.example.com/app:1.0 registry.example.com/app:1.0-slim
  slimify docker-archive:app.tar oci:slim:1.0
  slimify --dry-run -o json app:1.0 app:1.0-slim
  slimify plan app:1.0
  slimify explain app:1.0 libpq.so.5
  slimify demo`,
		Args:          suggestForArgs(slim.Args),
		RunE:          suggestForImage(slim.RunE),
		Version:       buildinfo.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		// The number of wrong letters in the name of a command.
		SuggestionsMinimumDistance: 2,
		CompletionOptions: cobra.CompletionOptions{
			HiddenDefaultCmd: false,
		},
	}
	root.SetIn(t.Stdin)
	root.SetOut(t.Stdout) // before cobra's completion command, which takes it
	root.SetErr(t.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(help.PrintUsage)
	root.Flags().AddFlagSet(slim.Flags())
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		s, err := settings.Configure(cmd)
		if run := cmd.RunE; run != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error { return s.Explain(run(cmd, args)) }
		}
		return err
	}
	root.SetVersionTemplate("slimify {{.Version}}\n")
	root.AddCommand(help.Topics()...)
	root.AddCommand(slim, newPlan(t), newExplain(t), newCompare(t), newVerify(t), newBatch(t), newLogin(t), newLogout(t), newDemo(t), newConfig(t), newVersion(t), newMan(t))
	root.SetHelpCommand(help.NewCommand())
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		refineCompletion(c)
	}
	help.AddCompletions(root)
	return root
}

// checkOutput checks the format of a result.
func checkOutput(output string, forms ...string) error {
	if !slices.Contains(forms, output) {
		return usage.Errorf("--output %s: choose %s", output, english.WordSeries(forms, "or"))
	}
	return nil
}
