package main

import (
	"github.com/slimify/slimify/internal/cli/help"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/spf13/cobra"
)

// newMan makes the hidden command that writes the reference: man pages for
// packages, Markdown for docs/reference. Both are the help that the program has,
// and hold no date.
func newMan(*terminal.Terminal) *cobra.Command {
	var dir, format string
	cmd := &cobra.Command{
		Use:    "man --dir DIR",
		Short:  "Write a manual page for each command",
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
	f.StringVar(&dir, "dir", "man", "directory to write the pages to")
	f.StringVar(&format, "format", "man", "form of the pages: man or markdown")
	return cmd
}
