package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/trial"
)

// flagValues are the values that a shell offers for flags, by the flag's name.
func flagValues() map[string][]string {
	return map[string][]string{
		"output":      {"text", "json"},
		"compression": {"gzip", "zstd"},
		"if-larger":   {"fail", "copy"},
		"log-format":  {"text", "json"},
		"progress":    progressForms(),
		"runtime":     append([]string{"auto"}, trial.Runtimes()...),
		"attach":      slices.Sorted(maps.Keys(attachable)),
		"platform":    {"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/riscv64", "linux/s390x"},
	}
}

// How a shell completes the values of other flags, by the flag's name. Those that
// stand nowhere have values that nobody can guess.
const (
	imageFlags = " base fat-base against tag "
	dirFlags   = " cache-dir tmpdir dir "
	fileFlags  = " authfile ca-file metadata-file digest-file report sbom freeze config "
)

// addCompletions tells shells how to complete the flags of a command and of those
// below it.
func addCompletions(cmd *cobra.Command) {
	values := flagValues()
	images := map[string]int{cmd.Name(): 2, "slim": 2, "compare": 2, "plan": 1, "explain": 1, "verify": 1}
	told := make(map[*pflag.Flag]bool) // the main command shares its flags with slim
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		switch n, ok := images[c.Name()]; {
		case ok:
			c.ValidArgsFunction = completeImages(n)
		case c.ValidArgsFunction == nil && c.Name() != "batch": // its list is a file
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if told[f] || f.Value.Type() == "bool" {
				return
			}
			told[f] = true
			name := " " + f.Name + " "
			complete := cobra.NoFileCompletions
			switch {
			case f.Name == "output" && (c == cmd || c.Name() == "compare"):
				complete = cobra.FixedCompletions(append(values[f.Name], formMarkdown), cobra.ShellCompDirectiveNoFileComp)
			case values[f.Name] != nil:
				complete = cobra.FixedCompletions(values[f.Name], cobra.ShellCompDirectiveNoFileComp)
			case strings.Contains(imageFlags, name):
				complete = completeImage
			case strings.Contains(dirFlags, name):
				complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
			case strings.Contains(fileFlags, name):
				complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
			}
			// It fails for a flag that is unknown or has a completion already.
			_ = c.RegisterFlagCompletionFunc(f.Name, complete)
		})
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(cmd)
}

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
			return usagef("there is no completion for %q", args[0])
		}
		return exactArgs("SHELL")(cmd, args)
	}
}

// completeImages completes so many images, and nothing after them.
func completeImages(n int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeImage(cmd, args, word)
	}
}

// completeImage completes a reference: the names of transports, and the files
// that follow them. What a registry has is not asked.
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
