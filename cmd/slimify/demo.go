package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/demo"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

func newDemo(t *terminal.Terminal) *cobra.Command {
	var dir string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Slim a sample image, without a registry, Docker or a network",
		Long: `demo slims a small sample: it starts a registry on a loopback address, pushes small
replicas of an application image and of python:3.9.2-slim-bullseye to it, slims the
first onto the second, compares the results, and writes the slim image and its
report page to a directory. The registry stops with the command.`,
		Example: `  slimify demo
  slimify demo --dir /tmp/demo`,
		Args: usage.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := t.Stderr
			if quiet {
				out = io.Discard
			}
			return demo.Run(cmd.Context(), t.Stdout, out, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "slimify-demo", "directory of the OCI layout to write the result to")
	f.BoolVarP(&quiet, "quiet", "q", false, "print only the result and errors")
	return cmd
}
