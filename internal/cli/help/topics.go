package help

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/nearest"
)

// environment is a variable that slimify reads, besides those of its flags.
type environment struct{ names, meaning string }

func environments() []environment {
	return []environment{
		{"SLIMIFY_*", "each flag of a command: SLIMIFY_BASE for --base, SLIMIFY_CACHE_DIR for --cache-dir; the flag wins"},
		{"CI", "if it is set, progress is told in lines, not shown in bars"},
		{"TERM", "a terminal that is dumb gets neither bars nor colours"},
		{"NO_COLOR, CLICOLOR=0", "no colours on a terminal; there are never any elsewhere, nor on standard output"},
		{"REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, DOCKER_CONFIG, HOME", "where credentials are looked for, as podman and docker do"},
		{"HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "proxies on the way to registries"},
		{"SSL_CERT_FILE, SSL_CERT_DIR", "certificates that are trusted in place of the system's"},
		{"TMPDIR", "where temporary files go without --tmpdir"},
		{"XDG_CACHE_HOME", "the user's cache, where tables of layers are kept without --cache-dir"},
		{"JOB_COMPLETION_INDEX, CI_NODE_INDEX, CI_NODE_TOTAL", "the part of a list that slimify batch takes (see --shard)"},
		{"GOMEMLIMIT, GOMAXPROCS", "limits of memory and of threads, as in every Go program"},
	}
}

// NewCommand makes the command that tells of others and of topics. Cobra's own answers a name
// that nothing has with the help of the program, as if nothing were wrong.
func NewCommand() *cobra.Command {
	names := func(of *cobra.Command) (out []string) {
		for _, c := range of.Commands() {
			if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
				out = append(out, c.Name())
			}
		}
		return out
	}
	find := func(cmd *cobra.Command, args []string) (*cobra.Command, error) {
		about := cmd.Root()
		for _, name := range args {
			i := slices.IndexFunc(about.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
			if i < 0 {
				text := fmt.Sprintf("%s has no command or topic %q", about.CommandPath(), name)
				if near := nearest.Of(name, names(about)); near != "" {
					text += "; did you mean " + near + "?"
				}
				return nil, usage.Error{Cause: errors.New(text)}
			}
			about = about.Commands()[i]
		}
		return about, nil
	}
	return &cobra.Command{
		Use: "help [COMMAND]", DisableFlagsInUseLine: true,
		Short: "Tell of a command, or of a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, err := find(cmd, args)
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			about, err := find(cmd, args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return names(about), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// errorHelp tells of errors.
const errorHelp = `Every error names the object and the cause, and after "hint:" what to do next.`

// Topics are texts of the help that belong to no command.
func Topics() []*cobra.Command {
	var vars strings.Builder
	for _, e := range environments() {
		fmt.Fprintf(&vars, "  %s\n      %s\n", e.names, hang(e.meaning, 6))
	}
	return []*cobra.Command{
		{Use: "environment", Short: "Variables that slimify reads", Long: "slimify reads these variables:\n\n" + strings.TrimRight(vars.String(), "\n")},
		{Use: "exit-codes", Short: "What an exit status means", Long: "The exit status of slimify:\n\n" + strings.TrimRight(exitHelp(), "\n") + "\n\n" + errorHelp},
	}
}
