package main

import (
	"fmt"

	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/spf13/cobra"
)

func newVersion(t *terminal.Terminal) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print slimify's version",
		Long: `version prints on one line the version of slimify, the commit that it was built of
where that is known, the version of Go, and the platform; with -o json as an object.
slimify --version prints the version alone.`,
		Example: `  slimify version
  slimify version -o json`,
		Args: usage.Args(),
		RunE: func(*cobra.Command, []string) error {
			if err := checkOutput(form, output.Text, output.JSON); err != nil {
				return err
			}
			if form == "json" {
				return t.PrintJSON(buildinfo.This())
			}
			_, err := fmt.Fprintln(t.Stdout, buildinfo.This())
			return err
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", "text", "form of the result on stdout: text (one line) or json")
	return cmd
}
