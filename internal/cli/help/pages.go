package help

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/exit"
)

// WritePages writes pages, which are by file name, to a directory.
func WritePages(dir string, pages map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &reference.OutputError{Path: dir, Cause: err}
	}
	for name, page := range pages {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, page, 0o644); err != nil {
			return &reference.OutputError{Path: path, Cause: err}
		}
	}
	return nil
}

// Pages renders the reference by file name: a page for each command, as a man page or in
// Markdown, and in Markdown one for each topic and a list of all. Pages have no date.
func Pages(root *cobra.Command, man bool) map[string][]byte {
	root.InitDefaultCompletionCmd()
	out := make(map[string][]byte)
	var list strings.Builder
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		topic := cmd.IsAdditionalHelpTopicCommand()
		if !cmd.IsAvailableCommand() && !topic && cmd.HasParent() {
			return
		}
		cmd.InitDefaultHelpFlag()
		cmd.InitDefaultVersionFlag()
		name := pageName(cmd)
		switch {
		case man && topic: // the page of the program has the topics
		case man:
			out[name+".1"] = md2man.Render([]byte(manPage(cmd)))
		case topic:
			out[name+".md"] = []byte(topicPage(cmd))
			fmt.Fprintf(&list, "- [%s](%s.md): %s\n", cmd.Name(), name, markdown(cmd.Short))
		default:
			out[name+".md"] = []byte(commandPage(cmd))
			fmt.Fprintf(&list, "- [%s](%s.md): %s\n", cmd.CommandPath(), name, markdown(cmd.Short))
		}
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(root)
	if !man {
		out["README.md"] = []byte("# Reference\n\nThe output of `slimify help`, a page for each command and topic. `task docs` generates it from the code.\n\n" + list.String())
	}
	return out
}

// pageName is the name of a command's page: "slimify-plan".
func pageName(cmd *cobra.Command) string {
	if cmd.IsAdditionalHelpTopicCommand() {
		return cmd.Name()
	}
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-")
}

// commandPage is the page of a command in Markdown.
func commandPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n", cmd.CommandPath(), markdown(cmd.Short))
	if cmd.Runnable() {
		fmt.Fprintf(&b, "\n```\n%s\n```\n", cmd.UseLine())
	}
	fmt.Fprintf(&b, "\n%s", prose(cmd.Long))
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\n## Examples\n\n```sh\n%s\n```\n", undent(cmd.Example))
	}
	groups, flags := groupedFlags(cmd)
	b.WriteString("\n## Flags\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "\n### %s\n\n| flag | meaning |\n|---|---|\n", g.title)
		for _, name := range g.Flags {
			f := flags[name]
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(f.name(), "|", `\|`), markdown(f.meaning))
		}
	}
	b.WriteString("\nSee also:")
	if cmd.HasParent() {
		fmt.Fprintf(&b, " [%s](%s.md),", cmd.Parent().CommandPath(), pageName(cmd.Parent()))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			fmt.Fprintf(&b, " [%s](%s.md),", c.CommandPath(), pageName(c))
		}
	}
	b.WriteString(" [exit codes](exit-codes.md), [variables](environment.md).\n")
	return b.String()
}

// topicPage is the page of a help topic in Markdown.
func topicPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", markdown(cmd.Short))
	if cmd.Name() == "exit-codes" {
		b.WriteString("| status | meaning |\n|---|---|\n")
		for _, e := range exit.Statuses() {
			fmt.Fprintf(&b, "| %d | %s |\n", e.Code, markdown(e.Meaning))
		}
		fmt.Fprintf(&b, "\n%s\n", errorHelp)
		return b.String()
	}
	b.WriteString("| variable | meaning |\n|---|---|\n")
	for _, e := range environments() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(e.names, ", ", "`, `"), markdown(e.meaning))
	}
	return b.String()
}

// manPage is the man page of a command, as input for md2man.
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	name := pageName(cmd)
	fmt.Fprintf(&b, "%% %q 1 \"\" \"slimify\" \"slimify manual\"\n", strings.ToUpper(name))
	fmt.Fprintf(&b, "# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n", name, markdown(cmd.Short))
	if cmd.Runnable() {
		fmt.Fprintf(&b, "**%s** %s\n\n", cmd.CommandPath(), markdown(strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath()+" ")))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "**%s** COMMAND\n\n", cmd.CommandPath())
	}
	fmt.Fprintf(&b, "# DESCRIPTION\n\n%s\n", prose(cmd.Long))
	define := func(term, meaning string) { fmt.Fprintf(&b, "%s\n: %s\n\n", term, markdown(meaning)) }
	groups, flags := groupedFlags(cmd)
	b.WriteString("# OPTIONS\n\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "## %s\n\n", g.title)
		for _, f := range g.Flags {
			option, value := flags[f].option, flags[f].value
			define(strings.TrimSpace("**"+strings.ReplaceAll(option, ", ", "**, **")+"** "+markdown(value)), flags[f].meaning)
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "# EXAMPLES\n\n```\n%s\n```\n\n", undent(cmd.Example))
	}
	if !cmd.HasParent() {
		b.WriteString("# ENVIRONMENT\n\n")
		for _, e := range environments() {
			define("**"+markdown(e.names)+"**", e.meaning)
		}
	}
	if cmd.Runnable() {
		b.WriteString("# EXIT STATUS\n\n")
		for _, e := range exit.Statuses() {
			define(fmt.Sprintf("**%d**", e.Code), e.Meaning)
		}
	}
	var see []string
	if cmd.HasParent() {
		see = append(see, fmt.Sprintf("**%s**(1)", pageName(cmd.Parent())))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			see = append(see, fmt.Sprintf("**%s**(1)", pageName(c)))
		}
	}
	if len(see) > 0 {
		fmt.Fprintf(&b, "# SEE ALSO\n\n%s\n", strings.Join(see, ", "))
	}
	return b.String()
}

// prose is a help text in Markdown. Indented paragraphs become code blocks.
func prose(text string) string {
	var b strings.Builder
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if indented := strings.HasPrefix(p, "  ") || strings.HasPrefix(p, "\t"); indented {
			fmt.Fprintf(&b, "```\n%s\n```\n", undent(p))
		} else {
			b.WriteString(markdown(p) + "\n")
		}
	}
	return b.String()
}

// undent removes the indentation that all lines share.
func undent(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	least := len(text)
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			least = min(least, len(l)-len(strings.TrimLeft(l, " \t")))
		}
	}
	for i, l := range lines {
		lines[i] = l[min(least, len(l)):]
	}
	return strings.Join(lines, "\n")
}

// markdown escapes the special characters of Markdown.
func markdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "|", `\|`, "`", "\\`").Replace(text)
}
