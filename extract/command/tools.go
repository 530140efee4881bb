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

// toolQuestions collects the tools of FAT that the application names and SLIM lacks.
// Evidence cannot show whether the code that names them ever runs.
type toolQuestions struct {
	*view.View
	finder     *ProgramFinder
	owner      selection.OwnerFunc
	ecosystems []*ecosystem.Ecosystem
	tools      map[string]*selection.Question
}

// maxMentions is how many places a question lists.
const maxMentions = 20

// Questions returns a question for each tool of FAT that the application calls by name
// and SLIM lacks. Tests and installed packages do not count, since they name tools for
// many cases that do not occur.
func Questions(s *selection.State, finder *ProgramFinder, owner selection.OwnerFunc, ecosystems []*ecosystem.Ecosystem) []selection.Question {
	t := &toolQuestions{view.New(s), finder, owner, ecosystems, make(map[string]*selection.Question)}
	for _, it := range s.Selection.Items {
		if it.Verdict == selection.Kept && it.Kind == layers.File && t.ofApplication(it) {
			t.collect(it)
		}
	}
	var out []selection.Question
	for _, id := range text.SortedKeys(t.tools) {
		q := t.tools[id]
		slices.SortStableFunc(q.Mentions, func(x, y selection.Mention) int {
			return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line))
		})
		q.Mentions = q.Mentions[:min(len(q.Mentions), maxMentions)]
		out = append(out, *q)
	}
	return out
}

// ofApplication reports whether an item is the user's own code.
func (t *toolQuestions) ofApplication(it *selection.Item) bool {
	return (it.Part == selection.Application || it.Reason.Rule == selection.Unowned) && !native.IsTest(it.Path) &&
		!slices.ContainsFunc(t.ecosystems, func(e *ecosystem.Ecosystem) bool {
			return e.Language.IsInstalled(it.Path) || slices.Contains(e.BuildFiles, path.Base(it.Path))
		})
}

// collect collects the tools that a source calls.
func (t *toolQuestions) collect(it *selection.Item) {
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
				t.add(command.Name, selection.Mention{Path: it.Path, Line: c.Line, Text: words})
			}
		}
		for _, e := range t.ecosystems {
			for _, c := range e.ImpliedCalls(src) {
				t.add(c.Arg, selection.Mention{Path: it.Path, Line: c.Line, Text: c.Func})
			}
		}
	}
	if src := evidence.Shell(it.Node); src != nil && !t.finder.Started[it.Node] && it.Part == selection.Application {
		for _, c := range src.Commands {
			t.add(c.Name, selection.Mention{Path: it.Path, Line: c.Line, Text: c.Name})
		}
	}
}

// add adds a place that names a tool, if SLIM would lack the tool.
func (t *toolQuestions) add(name string, m selection.Mention) {
	name, ok := expand(t.Config.Config.Env, name, nil)
	if !ok || strings.ContainsAny(name, " \t") || strings.Contains(name, "/") && !path.IsAbs(name) {
		return
	}
	places := t.finder.programs(name, place{})
	if slices.ContainsFunc(places, func(name string) bool { n := t.InSlim(name); return n != nil && n.Kind == layers.File }) {
		return
	}
	tool := path.Base(name)
	keep := t.inFat(tool, places)
	if keep == "" {
		return
	}
	q := t.tools[tool]
	if q == nil {
		q = &selection.Question{ID: "tool:" + tool, Text: tool + " is called, but the base lacks it", Keep: keep}
		t.tools[tool] = q
	}
	if !slices.ContainsFunc(q.Mentions, func(o selection.Mention) bool { return o.Path == m.Path && o.Line == m.Line }) {
		q.Mentions = append(q.Mentions, m)
	}
}

// inFat returns the argument of --keep for a tool of FAT: its package if known, else its
// path; "" if FAT does not have the tool. It opens no cold layer.
func (t *toolQuestions) inFat(tool string, places []string) string {
	for _, name := range places {
		n, err := t.Upper().Resolve(name)
		if err != nil || n.Kind != layers.File {
			continue
		}
		if owner := t.owner(n); owner != "" {
			return "deb:" + owner
		}
		return "/" + name
	}
	if pkg, ok := t.finder.Official.Tool(tool); ok && !slices.ContainsFunc(places, t.Upper().Hides) {
		return "deb:" + pkg
	}
	return ""
}
