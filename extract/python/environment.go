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

// environment is a Python installation of its own: a directory that is kept
// whole, since its parts find each other by their places.
type environment struct {
	root *layers.Node
	text string // what it is, for people
	from string // the path that tells
	// home is the directory of the interpreter that a virtual environment was
	// made from ("" for others), minor that interpreter's version ("" if nothing
	// tells).
	home, minor string
}

// InterpreterError is returned for an environment that the image uses and whose
// interpreter SLIM cannot have.
type InterpreterError struct {
	Environment string // its root: "/opt/venv"
	Interpreter string // the path of its interpreter
	Problem     string // "is not in the image"
}

func (e *InterpreterError) Error() string {
	return fmt.Sprintf("environment %s cannot run: its interpreter %s %s", e.Environment, e.Interpreter, e.Problem)
}

// environmentVariables name directories that tools keep environments and
// interpreters in, and that are kept whole.
var environmentVariables = []string{
	"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONUSERBASE", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "UV_TOOL_DIR", "UV_PROJECT_ENVIRONMENT", "PIPX_HOME",
	"POETRY_HOME",
}

// findEnvironments finds the environments in the user's layers, outer ones before
// those that lie in them.
func findEnvironments(s *selection.State) []*environment {
	named := make(map[*layers.Node]string)
	for _, key := range environmentVariables {
		dir := imageconfig.Getenv(s.Config.Config.Env, key)
		if !path.IsAbs(dir) {
			continue
		}
		if n, err := s.Upper().Resolve(dir); err == nil && n.Kind == layers.Dir && !sharedDir(s, n) {
			named[n] = key
		}
	}
	var out []*environment
	s.Upper().Walk(func(n *layers.Node) bool {
		if n.Kind != layers.Dir || n.Parent() == nil {
			return true
		}
		e := environmentAt(n)
		if key := named[n]; e == nil && key != "" {
			e = &environment{root: n, text: key}
		}
		if e != nil {
			out = append(out, e)
		}
		return true
	})
	return out
}

// environmentAt tells whether a directory is the root of an environment.
func environmentAt(n *layers.Node) *environment {
	if mark := n.Child("pyvenv.cfg"); mark != nil && mark.Kind == layers.File { // PEP 405
		e := &environment{root: n, text: "virtual environment", from: mark.Path()}
		e.home, e.minor = parseVenvConfig(mark.Evidence)
		if e.minor == "" {
			e.minor = libMinor(n)
		}
		return e
	}
	if mark := n.Child("conda-meta"); mark != nil {
		return &environment{root: n, text: "conda environment", from: mark.Path()}
	}
	if bin := n.Child("bin"); bin != nil && bin.Child("activate_this.py") != nil { // virtualenv before 20
		return &environment{root: n, text: "virtual environment", from: bin.Child("activate_this.py").Path(), minor: libMinor(n)}
	}
	name := n.Base()
	switch {
	case name == ".local" && libMinor(n) != "": // PEP 370
		return &environment{root: n, text: "user site", from: n.Path() + "/lib/python" + libMinor(n)}
	case name == ".pyenv" && n.Child("versions") != nil:
		return &environment{root: n, text: "pyenv", from: n.Path() + "/versions"}
	case name == "pipx" && n.Child("venvs") != nil:
		return &environment{root: n, text: "pipx", from: n.Path() + "/venvs"}
	case strings.HasSuffix(n.Path(), "share/uv/python"):
		return &environment{root: n, text: "uv's interpreters", from: n.Path()}
	}
	return nil
}

// parseVenvConfig reads home and the minor version of a pyvenv.cfg (PEP 405;
// venv writes "version", virtualenv and uv "version_info").
func parseVenvConfig(data []byte) (home, minor string) {
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "home":
			if path.IsAbs(value) {
				home = value
			}
		case "version", "version_info":
			minor = minorOf(value)
		}
	}
	return home, minor
}

var pythonDir = regexp.MustCompile(`^python(3\.[0-9]+)t?$`)

// libMinor is the Python version of a prefix, by its only lib/pythonX.Y.
func libMinor(prefix *layers.Node) string {
	minor := ""
	if lib := prefix.Child("lib"); lib != nil {
		for _, c := range lib.Children() {
			if m := pythonDir.FindStringSubmatch(c.Base()); m != nil && c.Kind == layers.Dir {
				minor = m[1]
			}
		}
	}
	return minor
}

// sharedDir reports whether a directory holds more than one thing may claim:
// the root, a directory directly in /usr, or one above the site directory or
// WORKDIR.
func sharedDir(s *selection.State, n *layers.Node) bool {
	name := n.Path()
	if name == "." || name == "usr" || path.Dir(name) == "usr" || paths.Below(siteDir(s.Runtime), name) {
		return true
	}
	if b, err := s.Base.Tree.Lookup(name); err == nil && b.Kind == layers.Dir && !strings.HasPrefix(name, "root") {
		return true // the base's own: /opt, /srv, /tmp
	}
	return false
}

// claimAll claims environments whole, the interpreters in user layers
// that virtual ones were made from, and links from elsewhere into them, as pipx
// and people make for commands.
func (s *environments) claimAll(owner selection.OwnerFunc, claim selection.ClaimFunc) {
	for _, e := range s.all {
		outer := s.of(e.root.Parent())
		if outer == nil {
			e.root.Walk(func(c *layers.Node) bool {
				claim(c, e.text+" /"+e.root.Path(), e.from)
				return true
			})
		}
		if prefix := s.prefixOf(e); prefix != nil {
			prefix.Walk(func(c *layers.Node) bool {
				claim(c, "interpreter of /"+e.root.Path(), e.from)
				return true
			})
		}
	}
	if len(s.all) == 0 {
		return
	}
	s.Upper().Walk(func(n *layers.Node) bool {
		if n.Kind == layers.Symlink && owner(n) == "" {
			if to, err := s.Upper().Resolve(n.Path()); err == nil {
				if e := s.of(to); e != nil {
					claim(n, "leads into "+e.text+" /"+e.root.Path(), to.Path())
				}
			}
		}
		return true
	})
}

// environments are those in the user's layers, outer ones before those that lie
// in them.
type environments struct {
	*selection.State
	all []*environment
	at  map[*layers.Node]*environment // by their roots
}

func newEnvironments(s *selection.State) *environments {
	e := &environments{s, findEnvironments(s), make(map[*layers.Node]*environment)}
	for _, env := range e.all {
		e.at[env.root] = env
	}
	return e
}

// of returns the environment that a node lies in, or nil.
func (s *environments) of(n *layers.Node) *environment {
	for ; n != nil; n = n.Parent() {
		if e := s.at[n]; e != nil {
			return e
		}
	}
	return nil
}

// prefixOf returns the installation in the user's layers that a virtual
// environment was made from, or nil: a copied interpreter still reads the
// standard library there.
func (s *environments) prefixOf(e *environment) *layers.Node {
	if e.home == "" {
		return nil
	}
	for _, name := range interpreterNames(e.minor) {
		if n, err := s.Upper().Resolve(path.Join(e.home, name)); err == nil {
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

// interpreterPrefix returns the installation whose interpreter a node is: the
// directory above its own with a lib/pythonX.Y beside. It is nil for others, and
// for what lies in the system's own prefixes, which many things share.
func interpreterPrefix(n *layers.Node) *layers.Node {
	if n.Kind != layers.File || !isInterpreter(n.Path()) || n.Parent().Parent() == nil {
		return nil
	}
	prefix := n.Parent().Parent()
	switch prefix.Path() {
	case ".", "usr", Prefix:
		return nil
	}
	if libMinor(prefix) == "" {
		return nil
	}
	return prefix
}

// interpreters keeps the interpreters that virtual environments need.
type interpreters struct {
	*environments
	view    *view.View
	started map[*layers.Node]bool // the files that the container starts
	// keep keeps a route to an interpreter.
	keep  func(nodes []*layers.Node, by *selection.Item, r selection.Reason)
	stale map[*environment]bool // environments that are not used, and cannot be
}

// follow looks for the interpreter of each virtual environment in SLIM, and
// brings it along from FAT. One that cannot be there is an error if the image
// uses the environment; else a warning: a .venv of somebody's own machine often
// comes along with COPY.
func (f *interpreters) follow(ctx context.Context) error {
	for _, e := range f.all {
		it := f.Selection.Item(e.root)
		if e.home == "" || it != nil && it.Verdict == selection.Dropped {
			continue
		}
		interpreter, problem, err := f.interpreter(ctx, e)
		if err != nil {
			return err
		}
		switch {
		case problem == "":
			f.warnOfUnreadable(e, interpreter)
		case f.uses(e):
			return &InterpreterError{"/" + e.root.Path(), interpreter, problem}
		default:
			f.stale[e] = true
			f.Selection.Warn("stale-environment", "environment /%s cannot run in the image either: its interpreter %s %s; leave it out with --drop /%s",
				e.root.Path(), interpreter, problem, e.root.Path())
		}
	}
	return nil
}

// interpreter finds an environment's interpreter, bringing along what SLIM
// lacks. The problem is "" if it will run.
func (f *interpreters) interpreter(ctx context.Context, e *environment) (name, problem string, err error) {
	bin := e.root.Child("bin")
	var own *layers.Node // the environment's own name for it
	for _, name := range interpreterNames(e.minor) {
		if bin != nil && own == nil {
			own = bin.Child(name)
		}
	}
	if own == nil {
		return path.Join("/", e.root.Path(), "bin/python"), "is not there", nil
	}
	if it := f.Selection.Item(own); it == nil || it.Verdict != selection.Kept {
		return "", "", nil // the user dropped it
	}
	place := f.leaving(e, own)
	if own.Kind == layers.File { // a copy reads the standard library at home
		place = path.Join(e.home, interpreterNames(e.minor)[0])
	}
	name = place
	if n := f.view.InSlim(place); n != nil {
		return name, otherMinor(e, n), nil
	}
	nodes, err := view.Route(ctx, f.State, place)
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
	f.keep(nodes, f.Selection.Item(own), selection.Reason{Rule: ruleEnvironment, Text: "interpreter of /" + e.root.Path(), From: own.Path()})
	return name, "", nil
}

// leaving returns where the links of an environment's interpreter lead to at
// first outside of it.
func (f *interpreters) leaving(e *environment, own *layers.Node) string {
	for range view.MaxLinks {
		if own.Kind != layers.Symlink {
			break
		}
		target := view.LinkTarget(own)
		next, err := f.Upper().Lookup(target)
		if err != nil || !paths.Below(next.Path(), e.root.Path()) {
			return target
		}
		own = next
	}
	return path.Join("/", own.Path())
}

// otherMinor tells when an interpreter is of another version than the
// environment, whose site directory it would not look at.
func otherMinor(e *environment, interpreter *layers.Node) string {
	m := pythonDir.FindStringSubmatch(interpreter.Base())
	if m == nil || e.minor == "" || m[1] == e.minor {
		return ""
	}
	return fmt.Sprintf("is Python %s, and the environment was made for %s", m[1], e.minor)
}

// uses reports whether the image itself names an environment: in VIRTUAL_ENV, on
// PATH, or by what it starts.
func (f *interpreters) uses(e *environment) bool {
	root := e.root.Path()
	in := func(name string) bool {
		if n, err := f.Upper().Resolve(name); err == nil {
			name = n.Path()
		}
		return paths.Below(strings.Trim(path.Clean(name), "/"), root)
	}
	env := f.Config.Config.Env
	if v := imageconfig.Getenv(env, "VIRTUAL_ENV"); path.IsAbs(v) && in(v) {
		return true
	}
	for dir := range strings.SplitSeq(imageconfig.Getenv(env, "PATH"), ":") {
		if path.IsAbs(dir) && in(dir) {
			return true
		}
	}
	for n := range f.started {
		if interpreter, _ := evidence.Shebang(n); paths.Below(n.Path(), root) || path.IsAbs(interpreter) && in(path.Dir(interpreter)) {
			return true
		}
	}
	return false
}

// warnOfUnreadable tells when the container's user is not root and the
// interpreter lies below a home that only root may enter.
func (f *interpreters) warnOfUnreadable(e *environment, interpreter string) {
	user, _, _ := strings.Cut(f.Config.Config.User, ":")
	if user == "" || user == "root" || user == "0" {
		return
	}
	n := f.view.InSlim(interpreter)
	if n == nil || !paths.Below(n.Path(), "root") {
		return
	}
	if home := f.view.StandsInSlim("root"); home != nil && home.Mode&0o001 == 0 {
		f.Selection.Warn("unreadable-interpreter", "USER %s cannot read the interpreter of /%s: /%s lies in root's home, of mode %04o",
			user, e.root.Path(), n.Path(), home.Mode)
	}
}

// isStale reports whether a link is the interpreter of an environment that is not
// used, and cannot be: where it leads is no loss.
func (f *interpreters) isStale(link *layers.Node) bool {
	e := f.of(link)
	return e != nil && f.stale[e] && isInterpreter(link.Path())
}
