package python

import (
	"path"
	"regexp"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// environment is a Python environment or installation: a directory that is kept whole,
// since its parts find each other by their paths.
type environment struct {
	root *layers.Node
	text string // its kind, for people
	from string // the path that is the evidence
	// home is the directory of the interpreter that created a virtual environment ("" for
	// others), minor that interpreter's version ("" if unknown).
	home, minor string
}

// environmentVariables name directories in which tools keep environments and
// interpreters. They are kept whole.
var environmentVariables = []string{
	"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONUSERBASE", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "UV_TOOL_DIR", "UV_PROJECT_ENVIRONMENT", "PIPX_HOME",
	"POETRY_HOME",
}

// findEnvironments finds the environments in the user's layers, outer ones first.
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

// environmentAt returns the environment whose root a directory is, or nil.
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

// libMinor is the Python version of a prefix, from its lib/pythonX.Y.
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

// sharedDir reports whether a directory is too general to be claimed whole: the root,
// /usr and the directories in it, one above the site directory, or one of the base.
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

// claimAll claims environments whole, the installations in user layers that created
// virtual environments, and links from elsewhere into an environment, such as pipx and
// people create for commands.
func (e *environments) claimAll(owner selection.OwnerFunc, claim selection.ClaimFunc) {
	for _, env := range e.all {
		outer := e.of(env.root.Parent())
		if outer == nil {
			env.root.Walk(func(c *layers.Node) bool {
				claim(c, env.text+" /"+env.root.Path(), env.from)
				return true
			})
		}
		if prefix := e.prefixOf(env); prefix != nil {
			prefix.Walk(func(c *layers.Node) bool {
				claim(c, "interpreter of /"+env.root.Path(), env.from)
				return true
			})
		}
	}
	if len(e.all) == 0 {
		return
	}
	e.Upper().Walk(func(n *layers.Node) bool {
		if n.Kind == layers.Symlink && owner(n) == "" {
			if to, err := e.Upper().Resolve(n.Path()); err == nil {
				if env := e.of(to); env != nil {
					claim(n, "leads into "+env.text+" /"+env.root.Path(), to.Path())
				}
			}
		}
		return true
	})
}

// environments are those in the user's layers, outer ones first.
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

// of returns the innermost environment that contains a node, or nil.
func (e *environments) of(n *layers.Node) *environment {
	for ; n != nil; n = n.Parent() {
		if env := e.at[n]; env != nil {
			return env
		}
	}
	return nil
}
