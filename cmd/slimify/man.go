package main

import (
	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/help"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

// newMan returns the hidden command that writes the reference: man pages for packages, and
// Markdown for docs/reference.
func newMan(*terminal.Terminal) *cobra.Command {
	var dir, format string
	cmd := &cobra.Command{
		Use:    "man --dir DIR",
		Short:  "Write a man page for each command",
		Hidden: true,
		Args:   usage.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "man" && format != "markdown" {
				return usage.Errorf("--format %s: choose man or markdown", format)
			}
			return help.WritePages(dir, help.Pages(cmd.Root(), format == "man"))
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "man", "directory for the pages")
	f.StringVar(&format, "format", "man", "format of the pages: man or markdown")
	return cmd
}
