// Package help renders the help, the man pages, the reference and shell completion.
package help

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/text"
)

// FlagGroup is a heading of the help with its flags in order: "keep WHAT" is the name of
// a flag and that of its value.
type FlagGroup struct {
	title string
	Flags []string
}

// FlagGroups lists the headings of all commands. A flag without one is shown below the
// last.
func FlagGroups() []FlagGroup {
	return []FlagGroup{
		{"Content of the result", []string{
			"base REF", "fat-base REF", "keep WHAT", "drop WHAT", "accept ID", "minimal", "platform P[,P]",
			"compression gzip|zstd", "if-larger fail|copy",
		}},
		{"What to compare, list or run", []string{
			"against REF", "run", "runtime NAME", "memory SIZE", "timeout TIME", "all",
		}},
		{"Gates", []string{"strict", "max-size SIZE", "min-saving PERCENT"}},
		{"Output", []string{
			"tag REF", "dry-run", "dir DIR", "output FORMAT", "report FILE", "metadata-file FILE", "digest-file FILE",
			"sbom FILE", "freeze FILE", "attach WHAT",
		}},
		{"Registries", []string{
			"authfile FILE", "username NAME", "password TEXT", "password-stdin", "insecure-registry HOST", "ca-file FILE",
			"registry-mirror FROM=TO", "retry N",
		}},
		{"Execution", []string{
			"jobs N", "shard I/N", "cache-dir DIR", "no-cache", "tmpdir DIR", "config FILE",
		}},
		{"Messages", []string{
			"progress auto|plain|none", "quiet", "verbose", "log-format text|json",
		}},
		{"Other", []string{"version", "help"}},
	}
}

// helpWidth is the width of a help text, in characters.
const helpWidth = 88

// helpFlag is a flag in the help.
type helpFlag struct {
	option  string // "-o, --output"
	value   string // the name of its value; "" if it has none
	meaning string
}

// name is the option with its value: "-o, --output FORMAT".
func (f helpFlag) name() string { return strings.TrimRight(f.option+" "+f.value, " ") }

// groupedFlags lists a command's flags below their headings, without empty groups. Flags
// without a heading come last.
func groupedFlags(cmd *cobra.Command) (groups []FlagGroup, flags map[string]helpFlag) {
	flags = make(map[string]helpFlag)
	values := make(map[string]string)
	groups = FlagGroups()
	for i, g := range groups {
		for j, f := range g.Flags {
			name, value, _ := strings.Cut(f, " ")
			groups[i].Flags[j], values[name] = name, value
		}
	}
	last := &groups[len(groups)-1]
	visit := func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, listed := values[f.Name]
		if !listed {
			last.Flags = append(last.Flags, f.Name)
			if value = f.Value.Type(); value == "bool" {
				value = ""
			}
		}
		flags[f.Name] = helpFlag{flagName(f), value, flagMeaning(f)}
	}
	cmd.NonInheritedFlags().VisitAll(visit)
	cmd.InheritedFlags().VisitAll(visit)
	for i := range groups {
		groups[i].Flags = slices.DeleteFunc(groups[i].Flags, func(name string) bool { _, has := flags[name]; return !has })
	}
	return slices.DeleteFunc(groups, func(g FlagGroup) bool { return len(g.Flags) == 0 }), flags
}

// flagName is "-o, --output", or "--base".
func flagName(f *pflag.Flag) string {
	if f.Shorthand == "" {
		return "--" + f.Name
	}
	return "-" + f.Shorthand + ", --" + f.Name
}

// flagMeaning is what a flag does, with its default unless the text has it.
func flagMeaning(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "[]", "false", "0":
		return f.Usage
	}
	if strings.Contains(f.Usage, "(default") || strings.Contains(f.Usage, "("+f.DefValue+")") {
		return f.Usage
	}
	return f.Usage + " (default " + f.DefValue + ")"
}

// PrintUsage prints the help of a command below its description.
func PrintUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	if cmd.IsAdditionalHelpTopicCommand() {
		return nil
	}
	fmt.Fprintln(w, "Usage:")
	if cmd.Runnable() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() && (!cmd.HasParent() || !cmd.Runnable()) {
		fmt.Fprintf(w, "  %s COMMAND\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	printCommands(w, "\nCommands:\n", cmd, (*cobra.Command).IsAvailableCommand)
	printCommands(w, "\nHelp topics (slimify help TOPIC):\n", cmd, (*cobra.Command).IsAdditionalHelpTopicCommand)
	groups, flags := groupedFlags(cmd)
	width := 0
	for _, f := range flags {
		width = max(width, len("-o, ")+len(f.name()))
	}
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s:\n", g.title)
		for _, name := range g.Flags {
			f := flags[name]
			if strings.HasPrefix(f.option, "--") {
				f.option = "    " + f.option // aligned with flags that have a short form
			}
			fmt.Fprintf(w, "  %-*s  %s\n", width, f.name(), hang(f.meaning, width+4))
		}
	}
	if cmd.Runnable() {
		fmt.Fprintf(w, "\nExit status:\n%s", exitHelp())
	}
	return nil
}

// hang breaks a text that starts after a margin, and indents its other lines.
func hang(s string, margin int) string {
	return strings.ReplaceAll(text.Wrap(s, helpWidth-margin, "\n"), "\n", "\n"+strings.Repeat(" ", margin))
}

// printCommands lists the subcommands of one kind.
func printCommands(w io.Writer, title string, cmd *cobra.Command, of func(*cobra.Command) bool) {
	for _, c := range cmd.Commands() {
		if of(c) {
			fmt.Fprintf(w, "%s  %-*s  %s\n", title, c.NamePadding(), c.Name(), c.Short)
			title = ""
		}
	}
}

// exitHelp lists the exit statuses.
func exitHelp() string {
	var b strings.Builder
	for _, e := range exit.Statuses() {
		fmt.Fprintf(&b, "  %-3d  %s\n", e.Code, hang(e.Meaning, len("  130  ")))
	}
	return b.String()
}
