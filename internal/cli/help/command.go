package help

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/nearest"
)

// NewCommand returns the help command. Cobra's own prints the help of the program for an
// unknown name, as if it were correct.
func NewCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", DisableFlagsInUseLine: true,
		Short: "Show help for a command or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := find(cmd.Root(), args)
			if err != nil {
				return err
			}
			found.InitDefaultHelpFlag()
			found.InitDefaultVersionFlag()
			return found.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			found, err := find(cmd.Root(), args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return names(found), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// find returns the subcommand or topic at a path of names.
func find(cmd *cobra.Command, path []string) (*cobra.Command, error) {
	for _, name := range path {
		i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
		if i < 0 {
			err := usage.Errorf("%s has no command or topic %q", cmd.CommandPath(), name)
			if near := nearest.Of(name, names(cmd)); near != "" {
				err = usage.Errorf("%w; did you mean %s?", err, near)
			}
			return nil, err
		}
		cmd = cmd.Commands()[i]
	}
	return cmd, nil
}

// names lists the subcommands and topics of a command.
func names(cmd *cobra.Command) (out []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			out = append(out, c.Name())
		}
	}
	return out
}
