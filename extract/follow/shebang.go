package follow

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// script keeps the interpreter of a script if SLIM lacks it. For scripts on PATH or
// started with the container it also looks in cold layers. For other scripts it asks
// the user if the original base image may have the interpreter.
func (f *follower) script(ctx context.Context, it *selection.Item) error {
	interpreter, arg := evidence.Shebang(it.Node)
	if it.Mode&0o111 == 0 || !path.IsAbs(interpreter) {
		return nil
	}
	need := [][]string{{strings.TrimPrefix(path.Clean(interpreter), "/")}}
	name := path.Clean(interpreter)
	if path.Base(interpreter) == "env" {
		if name = evidence.EnvProgram(arg); name == "" {
			return nil
		}
		need = append(need, imageconfig.ProgramPaths(&f.Config.Config, name))
	}
	for _, places := range need {
		if slices.ContainsFunc(places, func(p string) bool { n := f.InSlim(p); return n != nil && n.Kind == layers.File }) {
			continue
		}
		found, err := f.findInterpreter(ctx, places, f.started[it.Node] || imageconfig.OnPath(&f.Config.Config, it.Path))
		if err != nil {
			return err
		}
		if found != nil {
			f.keepRoute(found, it, selection.Reason{Rule: selection.Shebang, Text: "starts " + path.Base(it.Path), From: it.Path})
			continue
		}
		pkg, ok := f.official.Tool(path.Base(name))
		if dir := path.Dir(name); dir != "." && dir != "/usr/bin" && dir != "/bin" {
			ok = false // not where Debian puts it
		}
		if !ok || it.Part == selection.Dependencies || f.started[it.Node] || imageconfig.OnPath(&f.Config.Config, it.Path) {
			continue
		}
		f.ask(selection.Question{
			ID: "interpreter:" + path.Base(name), Keep: "deb:" + pkg, Text: name + " starts kept scripts, but the base lacks it",
		}, selection.Mention{Path: it.Path, Line: 1, Text: text.Shorten("#!"+interpreter+" "+arg, 80)})
	}
	return nil
}

// findInterpreter returns the route to the first of some paths that FAT has. It opens
// cold layers only if the interpreter is certainly needed.
func (f *follower) findInterpreter(ctx context.Context, places []string, certain bool) ([]*layers.Node, error) {
	for _, place := range places {
		if n, err := f.Upper().Resolve(place); err == nil && n.Kind == layers.File {
			return view.Route(ctx, f.State, place)
		}
	}
	places = slices.DeleteFunc(slices.Clone(places), func(p string) bool { return !view.InOfficialArea(p) })
	if !certain || len(places) == 0 {
		return nil, nil
	}
	place, err := f.Stack.Find(ctx, places, func(n *layers.Node) bool { return n.Kind == layers.File })
	if layers.NotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return view.Route(ctx, f.State, place)
}
