package extract

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
)

// maxShebang is how much of a script's first line Linux reads (BINPRM_BUF_SIZE
// of its binfmts.h).
const maxShebang = 256

// Shebang returns the interpreter that a script's first line names, and its
// argument (execve(2), "Interpreter scripts"). It is "" for other files.
func Shebang(n *layers.Node) (interpreter, arg string) {
	if n.Kind != layers.File {
		return "", ""
	}
	line, ok := bytes.CutPrefix(n.Evidence, []byte("#!"))
	if !ok {
		return "", ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	interpreter, arg, _ = strings.Cut(strings.TrimSpace(string(line)), " ")
	return strings.TrimSuffix(interpreter, "\r"), strings.TrimSpace(arg)
}

// envProgram returns the program that env(1) starts for a shebang's argument.
func envProgram(arg string) string {
	for _, word := range strings.Fields(arg) {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			return word
		}
	}
	return ""
}

// baseInterpreters names the interpreters of scripts that official images have
// and their slim ones lack, with the Debian package of each.
var baseInterpreters = map[string]string{
	"/usr/bin/python3": "python3-minimal", "/bin/python3": "python3-minimal", "tclsh": "tcl", "/usr/bin/tclsh": "tcl",
	"wish": "tk", "/usr/bin/wish": "tk", "make": "make", "/usr/bin/make": "make", "m4": "m4", "/usr/bin/m4": "m4",
}

// script keeps the interpreter of a script that SLIM lacks: without asking for
// scripts that lie on PATH or are started with the container. For others the
// user is asked, if FAT's own base may have the interpreter.
func (f *follower) script(ctx context.Context, it *Item) error {
	interpreter, arg := Shebang(it.Node)
	if it.Mode&0o111 == 0 || !path.IsAbs(interpreter) {
		return nil
	}
	need := [][]string{{strings.TrimPrefix(path.Clean(interpreter), "/")}}
	name := path.Clean(interpreter)
	if path.Base(interpreter) == "env" {
		if name = envProgram(arg); name == "" {
			return nil
		}
		need = append(need, ProgramPaths(&f.Config.Config, name))
	}
	for _, places := range need {
		if slices.ContainsFunc(places, func(p string) bool { n := f.inSlim(p); return n != nil && n.Kind == layers.File }) {
			continue
		}
		found, err := f.findInterpreter(ctx, places, f.started[it.Node] || onPath(&f.Config.Config, it.Path))
		if err != nil {
			return err
		}
		if found != nil {
			f.keepRoute(found, it, Reason{RuleShebang, "starts " + path.Base(it.Path), it.Path})
			continue
		}
		pkg := baseInterpreters[name]
		if pkg == "" || it.Part == Dependencies || f.started[it.Node] || onPath(&f.Config.Config, it.Path) {
			continue
		}
		f.ask("interpreter:"+path.Base(name), "deb:"+pkg, Mention{Path: it.Path, Line: 1, Text: shorten("#!"+interpreter+" "+arg, 80)},
			name+" starts kept scripts, and the base lacks it")
	}
	return nil
}

// findInterpreter returns the route to the first place that FAT has. Cold layers
// are asked only if the interpreter is needed for certain.
func (f *follower) findInterpreter(ctx context.Context, places []string, certain bool) ([]*layers.Node, error) {
	for _, place := range places {
		if n, err := f.tree().Resolve(place); err == nil && n.Kind == layers.File {
			return f.route(ctx, place)
		}
	}
	places = slices.DeleteFunc(slices.Clone(places), func(p string) bool { return !inOfficialArea(p) })
	if !certain || len(places) == 0 {
		return nil, nil
	}
	place, err := f.Stack.Find(ctx, places, func(n *layers.Node) bool { return n.Kind == layers.File })
	if notThere(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.route(ctx, place)
}

// onPath reports whether a file lies in a directory of PATH.
func onPath(c *v1.Config, name string) bool {
	for dir := range strings.SplitSeq(searchPath(c), ":") {
		if strings.Trim(dir, "/") == path.Dir(name) {
			return true
		}
	}
	return false
}

// searchPath is the container's PATH.
func searchPath(c *v1.Config) string { return cmp.Or(Getenv(c.Env, "PATH"), RuntimePath) }
