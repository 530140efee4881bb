package help

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
)

// How a shell completes the values of other flags, by the flag's name. All others have
// values that cannot be completed.
const (
	imageFlags = " base fat-base against tag "
	dirFlags   = " cache-dir tmpdir dir "
	fileFlags  = " authfile ca-file metadata-file digest-file report sbom freeze config "
)

// AddCompletions sets how shells complete the arguments and flags of a command and its
// subcommands.
func AddCompletions(cmd *cobra.Command) {
	values := settings.FlagValues()
	images := map[string]int{cmd.Name(): 2, "slim": 2, "compare": 2, "plan": 1, "explain": 1, "verify": 1}
	seen := make(map[*pflag.Flag]bool) // the main command shares its flags with slim
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		switch n, ok := images[c.Name()]; {
		case ok:
			c.ValidArgsFunction = completeImages(n)
		case c.ValidArgsFunction == nil && c.Name() != "batch": // its list is a file
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if seen[f] || f.Value.Type() == "bool" {
				return
			}
			seen[f] = true
			name := " " + f.Name + " "
			complete := cobra.NoFileCompletions
			switch {
			case f.Name == "output" && (c == cmd || c.Name() == "compare"):
				complete = cobra.FixedCompletions(append(values[f.Name], output.Markdown), cobra.ShellCompDirectiveNoFileComp)
			case values[f.Name] != nil:
				complete = cobra.FixedCompletions(values[f.Name], cobra.ShellCompDirectiveNoFileComp)
			case strings.Contains(imageFlags, name):
				complete = completeImage
			case strings.Contains(dirFlags, name):
				complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
			case strings.Contains(fileFlags, name):
				complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
			}
			// It fails for flags that have a completion already.
			_ = c.RegisterFlagCompletionFunc(f.Name, complete)
		})
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(cmd)
}

// completeImages completes n images, and nothing after them.
func completeImages(n int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeImage(cmd, args, word)
	}
}

// completeImage completes the transport of a reference and the file after it. It does not
// ask registries.
func completeImage(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	transports := []string{"docker-archive:", "oci-archive:", "oci:"}
	for _, t := range transports {
		file, ok := strings.CutPrefix(word, t)
		if !ok {
			continue
		}
		dir, begin := filepath.Split(file)
		entries, err := os.ReadDir(filepath.Clean(dir)) // "" is "."
		if err != nil {
			return nil, directive
		}
		var out []string
		for _, e := range entries {
			if name := e.Name(); strings.HasPrefix(name, begin) {
				if e.IsDir() {
					name += string(filepath.Separator)
				}
				out = append(out, t+dir+name)
			}
		}
		return out, directive
	}
	return transports, directive
}
