package help

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// environment is variables that slimify reads, with their meaning.
type environment struct{ names, meaning string }

// environments lists all variables.
func environments() []environment {
	return []environment{
		{"SLIMIFY_*", "set flags: SLIMIFY_BASE for --base, SLIMIFY_CACHE_DIR for --cache-dir; the command line wins"},
		{"CI", "if set, progress is shown as lines, not as bars"},
		{"TERM", "if dumb, no bars and no colours are shown"},
		{"NO_COLOR, CLICOLOR=0", "turn off colours; they are used on terminals only, and never on standard output"},
		{"REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, DOCKER_CONFIG, HOME", "where to look for credentials, as for podman and docker"},
		{"HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "proxies for connections to registries"},
		{"SSL_CERT_FILE, SSL_CERT_DIR", "certificates to trust instead of the system's"},
		{"TMPDIR", "directory for temporary files, unless --tmpdir is given"},
		{"XDG_CACHE_HOME", "the user's cache directory, which holds file lists of layers unless --cache-dir is given"},
		{"JOB_COMPLETION_INDEX, CI_NODE_INDEX, CI_NODE_TOTAL", "the part of the list that slimify batch processes (see --shard)"},
		{"GOMEMLIMIT, GOMAXPROCS", "limits for memory and threads, as in every Go program"},
	}
}

// errorHelp describes error messages.
const errorHelp = `Every error names the object and the cause. A line with "hint:" says what to do next.`

// Topics returns the help topics that are not commands.
func Topics() []*cobra.Command {
	var vars strings.Builder
	for _, e := range environments() {
		fmt.Fprintf(&vars, "  %s\n      %s\n", e.names, hang(e.meaning, 6))
	}
	return []*cobra.Command{
		{Use: "environment", Short: "Environment variables that slimify reads", Long: "slimify reads these environment variables:\n\n" + strings.TrimRight(vars.String(), "\n")},
		{Use: "exit-codes", Short: "Exit statuses and their meaning", Long: "The exit statuses of slimify:\n\n" + strings.TrimRight(exitHelp(), "\n") + "\n\n" + errorHelp},
	}
}
