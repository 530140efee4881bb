package python

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// InterpreterError is returned for an environment that the image uses and whose
// interpreter SLIM would lack.
type InterpreterError struct {
	Environment string // its root: "/opt/venv"
	Interpreter string // the path of its interpreter
	Problem     string // "is not in the image"
}

func (e *InterpreterError) Error() string {
	return fmt.Sprintf("environment %s cannot run: its interpreter %s %s", e.Environment, e.Interpreter, e.Problem)
}

// interpreters keeps the interpreters that virtual environments need.
type interpreters struct {
	*environments
	view    *view.View
	started map[*layers.Node]bool // the files that the container starts
	// keep keeps a route to an interpreter.
	keep  func(nodes []*layers.Node, by *selection.Item, r selection.Reason)
	stale map[*environment]bool // unused environments that cannot run in FAT either
}

// follow keeps the interpreter of each virtual environment, if SLIM lacks it. A missing
// interpreter is an error if the image uses the environment, else a warning: COPY often
// copies a .venv of somebody's own machine.
func (i *interpreters) follow(ctx context.Context) error {
	for _, e := range i.all {
		it := i.Selection.Item(e.root)
		if e.home == "" || it != nil && it.Verdict == selection.Dropped {
			continue
		}
		interpreter, problem, err := i.interpreter(ctx, e)
		if err != nil {
			return err
		}
		switch {
		case problem == "":
			i.warnOfUnreadable(e, interpreter)
		case i.uses(e):
			return &InterpreterError{"/" + e.root.Path(), interpreter, problem}
		default:
			i.stale[e] = true
			i.Selection.Warn("stale-environment", "environment /%s cannot run in the image either: its interpreter %s %s; drop it with --drop /%s",
				e.root.Path(), interpreter, problem, e.root.Path())
		}
	}
	return nil
}

// interpreter finds an environment's interpreter, and keeps it if SLIM lacks it. problem
// is "" if it will run.
func (i *interpreters) interpreter(ctx context.Context, e *environment) (name, problem string, err error) {
	bin := e.root.Child("bin")
	var own *layers.Node // the interpreter in the environment's bin
	for _, name := range interpreterNames(e.minor) {
		if bin != nil && own == nil {
			own = bin.Child(name)
		}
	}
	if own == nil {
		return path.Join("/", e.root.Path(), "bin/python"), "is not there", nil
	}
	if it := i.Selection.Item(own); it == nil || it.Verdict != selection.Kept {
		return "", "", nil // the user dropped it
	}
	place := i.leaving(e, own)
	if own.Kind == layers.File { // a copy reads the standard library at home
		place = path.Join(e.home, interpreterNames(e.minor)[0])
	}
	name = place
	if n := i.view.InSlim(place); n != nil {
		return name, otherMinor(e, n), nil
	}
	nodes, err := view.Route(ctx, i.State, place)
	switch {
	case layers.NotExist(err):
		return name, "is not in the image", nil
	case err != nil:
		return "", "", err
	case len(nodes) == 0:
		return name, "", nil
	}
	if problem := otherMinor(e, nodes[len(nodes)-1]); problem != "" {
		return name, problem, nil
	}
	i.keep(nodes, i.Selection.Item(own), selection.Reason{Rule: ruleEnvironment, Text: "interpreter of /" + e.root.Path(), From: own.Path()})
	return name, "", nil
}

// leaving follows the links of an environment's interpreter and returns the first target
// outside of the environment.
func (i *interpreters) leaving(e *environment, own *layers.Node) string {
	for range view.MaxLinks {
		if own.Kind != layers.Symlink {
			break
		}
		target := view.LinkTarget(own)
		next, err := i.Upper().Lookup(target)
		if err != nil || !paths.Below(next.Path(), e.root.Path()) {
			return target
		}
		own = next
	}
	return path.Join("/", own.Path())
}

// otherMinor describes an interpreter whose version is not the environment's, and which
// would not use its site directory; "" if the versions agree or are unknown.
func otherMinor(e *environment, interpreter *layers.Node) string {
	m := pythonDir.FindStringSubmatch(interpreter.Base())
	if m == nil || e.minor == "" || m[1] == e.minor {
		return ""
	}
	return fmt.Sprintf("is Python %s, but the environment was created for %s", m[1], e.minor)
}

// uses reports whether the image uses an environment: VIRTUAL_ENV, PATH or a started
// program names it.
func (i *interpreters) uses(e *environment) bool {
	root := e.root.Path()
	in := func(name string) bool {
		if n, err := i.Upper().Resolve(name); err == nil {
			name = n.Path()
		}
		return paths.Below(strings.Trim(path.Clean(name), "/"), root)
	}
	env := i.Config.Config.Env
	if v := imageconfig.Getenv(env, "VIRTUAL_ENV"); path.IsAbs(v) && in(v) {
		return true
	}
	for dir := range strings.SplitSeq(imageconfig.Getenv(env, "PATH"), ":") {
		if path.IsAbs(dir) && in(dir) {
			return true
		}
	}
	for n := range i.started {
		if interpreter, _ := evidence.Shebang(n); paths.Below(n.Path(), root) || path.IsAbs(interpreter) && in(path.Dir(interpreter)) {
			return true
		}
	}
	return false
}

// warnOfUnreadable warns if the container's user is not root and the interpreter lies in
// root's home, which only root may enter.
func (i *interpreters) warnOfUnreadable(e *environment, interpreter string) {
	user, _, _ := strings.Cut(i.Config.Config.User, ":")
	if user == "" || user == "root" || user == "0" {
		return
	}
	n := i.view.InSlim(interpreter)
	if n == nil || !paths.Below(n.Path(), "root") {
		return
	}
	if home := i.view.LookupInSlim("root"); home != nil && home.Mode&0o001 == 0 {
		i.Selection.Warn("unreadable-interpreter", "USER %s cannot read the interpreter of /%s: /%s lies in root's home, of mode %04o",
			user, e.root.Path(), n.Path(), home.Mode)
	}
}

// isStale reports whether a link is the interpreter of a stale environment: its target
// is not needed.
func (i *interpreters) isStale(link *layers.Node) bool {
	e := i.of(link)
	return e != nil && i.stale[e] && isInterpreter(link.Path())
}

// prefixOf returns the installation in the user's layers that created a virtual
// environment, or nil: a copied interpreter still reads the standard library there.
func (e *environments) prefixOf(env *environment) *layers.Node {
	if env.home == "" {
		return nil
	}
	for _, name := range interpreterNames(env.minor) {
		if n, err := e.Upper().Resolve(path.Join(env.home, name)); err == nil {
			return interpreterPrefix(n)
		}
	}
	return nil
}

// interpreterNames lists the names of an interpreter in its directory.
func interpreterNames(minor string) []string {
	names := []string{"python3", "python"}
	if minor != "" {
		names = append([]string{"python" + minor}, names...)
	}
	return names
}

var interpreterName = regexp.MustCompile(`^python(3(\.[0-9]+)?t?)?$`)

func isInterpreter(name string) bool { return interpreterName.MatchString(path.Base(name)) }

// interpreterPrefix returns the installation whose interpreter a node is: the parent of
// its bin, if that has a lib/pythonX.Y. It is nil for other nodes, and in the system's
// prefixes, which much else shares.
func interpreterPrefix(n *layers.Node) *layers.Node {
	if n.Kind != layers.File || !isInterpreter(n.Path()) || n.Parent().Parent() == nil {
		return nil
	}
	prefix := n.Parent().Parent()
	switch prefix.Path() {
	case ".", "usr", installPrefix:
		return nil
	}
	if libMinor(prefix) == "" {
		return nil
	}
	return prefix
}
