package extract

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/internal/shellsource"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// asker collects the tools that the application names and SLIM lacks, though
// FAT has them. Whether the code that names them ever runs, evidence cannot
// tell.
type asker struct {
	*view
	starter *starter
	owner   ownerFunc
	tools   map[string]*Question
}

// maxMentions is how many places a question lists.
const maxMentions = 20

// askOfTools returns a question for each tool of FAT that the application calls by name
// and that stays behind. Tests and the sources of distributions do not count:
// they name tools for all occasions.
func askOfTools(s *State, st *starter, owner ownerFunc) []Question {
	a := &asker{newView(s), st, owner, make(map[string]*Question)}
	for _, it := range s.sel.Items {
		if it.Verdict == Kept && it.Kind == layers.File && ofApplication(it) {
			a.read(it)
		}
	}
	var out []Question
	for _, id := range text.SortedKeys(a.tools) {
		q := a.tools[id]
		slices.SortStableFunc(q.Mentions, func(x, y Mention) int {
			return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line))
		})
		q.Mentions = q.Mentions[:min(len(q.Mentions), maxMentions)]
		out = append(out, *q)
	}
	return out
}

// buildOnly are sources at an application's root that nothing runs in an image.
var buildOnly = []string{"setup.py", "noxfile.py", "fabfile.py", "versioneer.py"}

// ofApplication reports whether an item is code of the user's own.
func ofApplication(it *Item) bool {
	return (it.Part == Application || it.Reason.Rule == RuleUnowned) && !inSite(it.Path) && !isTest(it.Path) &&
		!slices.Contains(buildOnly, path.Base(it.Path))
}

// read collects the tools that a source calls.
func (a *asker) read(it *Item) {
	if src := PythonSource(it.Node); src != nil {
		for _, c := range src.Calls {
			commands, words := []shellsource.Command{{Name: c.Arg}}, c.Func
			if c.Shell {
				commands = shellsource.Scan([]byte(c.Arg)).Commands
			}
			if !c.Implied {
				words = text.Shorten(fmt.Sprintf("%s(%q)", c.Func, c.Arg), 60)
			}
			for _, command := range commands {
				a.mention(command.Name, Mention{it.Path, c.Line, words})
			}
		}
		for _, imp := range src.Imports {
			if module, _, _ := strings.Cut(imp.Module, "."); module == "triton" && imp.Level == 0 {
				a.mention("gcc", Mention{it.Path, imp.Line, "import triton"}) // it compiles its kernels' launchers
			}
		}
	}
	if src := shellSource(it.Node); src != nil && !a.starter.started[it.Node] && it.Part == Application {
		for _, c := range src.Commands {
			a.mention(c.Name, Mention{it.Path, c.Line, c.Name})
		}
	}
}

// mention notes that a tool is named, if SLIM would lack it.
func (a *asker) mention(name string, m Mention) {
	name, ok := expand(a.Config.Config.Env, name, nil)
	if !ok || strings.ContainsAny(name, " \t") || strings.Contains(name, "/") && !path.IsAbs(name) {
		return
	}
	places := a.starter.programs(name, place{})
	if slices.ContainsFunc(places, func(name string) bool { n := a.inSlim(name); return n != nil && n.Kind == layers.File }) {
		return
	}
	tool := path.Base(name)
	keep := a.inFat(tool, places)
	if keep == "" {
		return
	}
	q := a.tools[tool]
	if q == nil {
		q = &Question{ID: "tool:" + tool, Text: tool + " is called, and the base lacks it", Keep: keep}
		a.tools[tool] = q
	}
	if !slices.ContainsFunc(q.Mentions, func(o Mention) bool { return o.Path == m.Path && o.Line == m.Line }) {
		q.Mentions = append(q.Mentions, m)
	}
}

// inFat returns what --keep would bring a tool that FAT has: its package where
// that is known, else its path. It opens no cold layer.
func (a *asker) inFat(tool string, places []string) string {
	for _, name := range places {
		n, err := a.tree().Resolve(name)
		if err != nil || n.Kind != layers.File {
			continue
		}
		if owner := a.owner(n); owner != "" {
			return "deb:" + owner
		}
		return "/" + name
	}
	if pkg, ok := a.starter.official.tool(tool); ok && !slices.ContainsFunc(places, a.tree().Hides) {
		return "deb:" + pkg
	}
	return ""
}
