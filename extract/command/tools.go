package command

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/shellsource"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// asker collects the tools that the application names and SLIM lacks, though
// FAT has them. Whether the code that names them ever runs, evidence cannot
// tell.
type asker struct {
	*view.View
	starter    *ProgramFinder
	owner      selection.OwnerFunc
	ecosystems []*ecosystem.Ecosystem
	tools      map[string]*selection.Question
}

// maxMentions is how many places a question lists.
const maxMentions = 20

// Questions returns a question for each tool of FAT that the application calls by name
// and that stays behind. Tests and the sources of distributions do not count:
// they name tools for all occasions.
func Questions(s *selection.State, st *ProgramFinder, owner selection.OwnerFunc, ecosystems []*ecosystem.Ecosystem) []selection.Question {
	a := &asker{view.New(s), st, owner, ecosystems, make(map[string]*selection.Question)}
	for _, it := range s.Selection.Items {
		if it.Verdict == selection.Kept && it.Kind == layers.File && a.ofApplication(it) {
			a.read(it)
		}
	}
	var out []selection.Question
	for _, id := range text.SortedKeys(a.tools) {
		q := a.tools[id]
		slices.SortStableFunc(q.Mentions, func(x, y selection.Mention) int {
			return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line))
		})
		q.Mentions = q.Mentions[:min(len(q.Mentions), maxMentions)]
		out = append(out, *q)
	}
	return out
}

// ofApplication reports whether an item is code of the user's own.
func (a *asker) ofApplication(it *selection.Item) bool {
	return (it.Part == selection.Application || it.Reason.Rule == selection.Unowned) && !native.IsTest(it.Path) &&
		!slices.ContainsFunc(a.ecosystems, func(e *ecosystem.Ecosystem) bool {
			return e.Language.IsInstalled(it.Path) || slices.Contains(e.BuildFiles, path.Base(it.Path))
		})
}

// read collects the tools that a source calls.
func (a *asker) read(it *selection.Item) {
	if src := evidence.Source(it.Node); src != nil {
		for _, c := range src.Calls {
			commands, words := []source.Command{{Name: c.Arg}}, c.Func
			if c.Shell {
				commands = shellsource.Scan([]byte(c.Arg)).Commands
			}
			if !c.Implied {
				words = text.Shorten(fmt.Sprintf("%s(%q)", c.Func, c.Arg), 60)
			}
			for _, command := range commands {
				a.mention(command.Name, selection.Mention{Path: it.Path, Line: c.Line, Text: words})
			}
		}
		for _, e := range a.ecosystems {
			for _, c := range e.ImpliedCalls(src) {
				a.mention(c.Arg, selection.Mention{Path: it.Path, Line: c.Line, Text: c.Func})
			}
		}
	}
	if src := evidence.Shell(it.Node); src != nil && !a.starter.Started[it.Node] && it.Part == selection.Application {
		for _, c := range src.Commands {
			a.mention(c.Name, selection.Mention{Path: it.Path, Line: c.Line, Text: c.Name})
		}
	}
}

// mention notes that a tool is named, if SLIM would lack it.
func (a *asker) mention(name string, m selection.Mention) {
	name, ok := expand(a.Config.Config.Env, name, nil)
	if !ok || strings.ContainsAny(name, " \t") || strings.Contains(name, "/") && !path.IsAbs(name) {
		return
	}
	places := a.starter.programs(name, place{})
	if slices.ContainsFunc(places, func(name string) bool { n := a.InSlim(name); return n != nil && n.Kind == layers.File }) {
		return
	}
	tool := path.Base(name)
	keep := a.inFat(tool, places)
	if keep == "" {
		return
	}
	q := a.tools[tool]
	if q == nil {
		q = &selection.Question{ID: "tool:" + tool, Text: tool + " is called, and the base lacks it", Keep: keep}
		a.tools[tool] = q
	}
	if !slices.ContainsFunc(q.Mentions, func(o selection.Mention) bool { return o.Path == m.Path && o.Line == m.Line }) {
		q.Mentions = append(q.Mentions, m)
	}
}

// inFat returns what --keep would bring a tool that FAT has: its package where
// that is known, else its path. It opens no cold layer.
func (a *asker) inFat(tool string, places []string) string {
	for _, name := range places {
		n, err := a.Upper().Resolve(name)
		if err != nil || n.Kind != layers.File {
			continue
		}
		if owner := a.owner(n); owner != "" {
			return "deb:" + owner
		}
		return "/" + name
	}
	if pkg, ok := a.starter.Official.Tool(tool); ok && !slices.ContainsFunc(places, a.Upper().Hides) {
		return "deb:" + pkg
	}
	return ""
}
