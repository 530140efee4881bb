package main

import (
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/spf13/cobra"
)

// refineCompletion makes of cobra's command one that refuses what is no shell: that would
// get the help, on the stdout that a shell reads.
func refineCompletion(cmd *cobra.Command) {
	cmd.Use, cmd.DisableFlagsInUseLine, cmd.Args = "completion SHELL", true, cobra.ArbitraryArgs
	cmd.Short = "Print the script by which a shell completes commands, flags and files"
	cmd.Long = `completion prints what a shell must read to complete commands, flags, their values
and files. The help of each shell's own command tells how that is done for good.`
	cmd.Example = "  source <(slimify completion bash)\n  slimify completion zsh --help"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage.Errorf("there is no completion for %q", args[0])
		}
		return usage.Args("SHELL")(cmd, args)
	}
}
