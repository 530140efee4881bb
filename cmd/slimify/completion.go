package main

import (
	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/usage"
)

// refineCompletion makes cobra's command refuse unknown shells. Cobra would print the help
// to stdout, which a shell executes.
func refineCompletion(cmd *cobra.Command) {
	cmd.Use, cmd.DisableFlagsInUseLine, cmd.Args = "completion SHELL", true, cobra.ArbitraryArgs
	cmd.Short = "Generate a shell completion script"
	cmd.Long = `completion prints a script that completes commands, flags, their values and files.
See the help of the command for your shell for how to install it.`
	cmd.Example = "  source <(slimify completion bash)\n  slimify completion zsh --help"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage.Errorf("unsupported shell %q", args[0])
		}
		return usage.Args("SHELL")(cmd, args)
	}
}
