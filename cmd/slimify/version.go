package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

func newVersion(t *terminal.Terminal) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of slimify",
		Long: `version prints a line with the version of slimify, the commit that it was built from
if that is known, the version of Go and the platform; with -o json it prints an
object. slimify --version prints only the version.`,
		Example: `  slimify version
  slimify version -o json`,
		Args: usage.Args(),
		RunE: func(*cobra.Command, []string) error {
			if err := checkOutput(form, output.Text, output.JSON); err != nil {
				return err
			}
			if form == output.JSON {
				return t.PrintJSON(buildinfo.This())
			}
			_, err := fmt.Fprintln(t.Stdout, buildinfo.This())
			return err
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", output.Text, "format of the result on stdout: text (one line) or json")
	return cmd
}
