package debian

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
)

// automatic returns the packages that apt installed as dependencies, from its
// extended_states.
func automatic(states []byte) map[string]bool {
	out := make(map[string]bool)
	for stanza := range strings.SplitSeq(string(states), "\n\n") {
		name, auto := "", false
		for line := range strings.Lines(stanza) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch value = strings.TrimSpace(value); key {
			case "Package":
				name = value
			case "Auto-Installed":
				auto = value == "1"
			}
		}
		if auto {
			out[name] = true
		}
	}
	return out
}

// aptCommands install packages by the names in their arguments.
var aptCommands = map[string]bool{"apt-get": true, "apt": true, "aptitude": true}

// namedByApt returns the packages that the user's steps install by name, with the step.
// Installing a package that the original base image already has leaves no other trace.
func namedByApt(s *selection.State) map[string]imageconfig.Step {
	out := make(map[string]imageconfig.Step)
	for _, step := range imageconfig.Steps(s.Config) {
		text, ok := strings.CutPrefix(step.Text, "RUN ")
		if !ok || step.Layer < s.Stack.Boundary {
			continue
		}
		for _, name := range aptInstalls(text) {
			if _, seen := out[name]; !seen {
				out[name] = step
			}
		}
	}
	return out
}

// aptInstalls lists the packages that a shell command installs by name; none if the
// shell cannot parse it.
func aptInstalls(text string) []string {
	file, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil {
		return nil
	}
	var out []string
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, arg := range call.Args {
			words = append(words, arg.Lit()) // "" for an expansion
		}
		out = append(out, aptArguments(words)...)
		return true
	})
	return out
}

// aptArguments returns the packages of one command: "apt-get -y install git=1:2.39".
func aptArguments(words []string) []string {
	for len(words) > 0 && (words[0] == "sudo" || words[0] == "env" || strings.Contains(words[0], "=")) {
		words = words[1:]
	}
	if len(words) == 0 || !aptCommands[path.Base(words[0])] {
		return nil
	}
	var out []string
	install := false
	for _, word := range words[1:] {
		if word == "install" {
			install = true
			continue
		}
		if !install || word == "" || strings.ContainsAny(word[:1], "-./") {
			continue // an option or a file
		}
		if i := strings.IndexAny(word, "=:/"); i > 0 { // version, architecture, release
			word = word[:i]
		}
		out = append(out, word)
	}
	return out
}
