package python

import (
	"context"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// claimEditable claims the sources of editable installs of all forms, and directories
// that .pth files add to the path.
func claimEditable(ctx context.Context, s ecosystem.Scope, claim selection.ClaimFunc) {
	f := &sources{Scope: s, claim: claim, seen: make(map[*layers.Node]bool)}
	s.Upper().Walk(func(n *layers.Node) bool {
		if n.Kind != layers.Dir || !isSiteName(n.Base()) {
			return true
		}
		for _, c := range n.Children() {
			if s.Owner(c) == "" {
				f.install(ctx, n, c)
			}
		}
		return false
	})
}

// sources claims sources outside of site directories.
type sources struct {
	ecosystem.Scope
	claim selection.ClaimFunc
	seen  map[*layers.Node]bool // claimed already
}

// install claims the sources that one entry of a site directory names.
func (s *sources) install(ctx context.Context, site, c *layers.Node) {
	name := c.Base()
	switch {
	case strings.HasSuffix(name, ".pth"):
		s.pth(ctx, site, c)
	case strings.HasSuffix(name, ".egg-link"): // setuptools' "develop"
		lines := paths.ParseList(c.Evidence, site.Path())
		if len(lines) > 0 {
			s.source(ctx, lines[0], c)
			s.listEgg(lines[0])
		}
	case strings.HasSuffix(name, distInfo):
		if doc := c.Child("direct_url.json"); doc != nil {
			if dir, ok := parseDirectURL(doc.Evidence); ok {
				s.source(ctx, dir, doc)
			}
		}
	}
}

// pth reads a .pth file as site.py does: a line that begins with "import"
// is code, any other is a path relative to the site directory.
func (s *sources) pth(ctx context.Context, site, pth *layers.Node) {
	for line := range strings.Lines(string(pth.Evidence)) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t"):
			for _, dir := range absoluteLiterals(line) {
				s.source(ctx, dir, pth)
			}
			for _, module := range importedFinders(line) {
				if finder := site.Child(module + ".py"); finder != nil {
					for _, dir := range absoluteLiterals(string(finder.Evidence)) {
						s.source(ctx, dir, finder)
					}
				}
			}
		default:
			if name, ok := paths.Join(site.Path(), line); ok {
				s.source(ctx, name, pth)
			}
		}
	}
}

var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// importedFinders returns the modules of a .pth file's code that find editable
// installs: setuptools' "__editable___NAME_finder", scikit-build-core's
// "_NAME_editable", meson-python's "_NAME_editable_loader".
func importedFinders(line string) []string {
	return slices.DeleteFunc(identifier.FindAllString(line, -1), func(s string) bool { return !strings.Contains(s, "editable") })
}

var pythonString = regexp.MustCompile(`'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"`)

var unescape = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`)

// absoluteLiterals returns the string literals of Python code that are absolute
// paths: the values of a finder's MAPPING and NAMESPACES among them.
func absoluteLiterals(code string) []string {
	var out []string
	for _, m := range pythonString.FindAllStringSubmatch(code, -1) {
		if s := unescape.Replace(m[1] + m[2]); path.IsAbs(s) {
			out = append(out, s)
		}
	}
	return out
}

// parseDirectURL returns the directory of an editable install (PEP 610).
func parseDirectURL(data []byte) (dir string, ok bool) {
	var doc struct {
		URL     string `json:"url"`
		DirInfo *struct {
			Editable bool `json:"editable"`
		} `json:"dir_info"`
		Subdirectory string `json:"subdirectory"`
	}
	if json.Unmarshal(data, &doc) != nil || doc.DirInfo == nil || !doc.DirInfo.Editable {
		return "", false
	}
	u, err := url.Parse(doc.URL)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return "", false
	}
	return path.Join(u.Path, doc.Subdirectory), true
}

// source claims the source file or directory of that name in the user's layers, and the
// files that describe its project.
func (s *sources) source(ctx context.Context, name string, from *layers.Node) {
	n, err := s.Upper().Resolve(name)
	if err != nil {
		// A finder names a module without its suffix.
		if n, err = s.Upper().Resolve(name + ".py"); err != nil {
			return
		}
	}
	site := from.Parent()
	if n.Parent() == nil || paths.Below(n.Path(), site.Path()) || paths.Below(site.Path(), n.Path()) {
		return
	}
	if n.Kind == layers.Dir && sharedDir(s.State, n) && !holdsProject(n) {
		return
	}
	if links, err := view.Route(ctx, s.State, name); err == nil {
		for _, link := range links {
			s.claim(link, "leads to an editable install", from.Path())
		}
	}
	s.claimTree(n, "source of an editable install", from)
	for at := n; at != nil && at.Parent() != nil; at = at.Parent() {
		if !holdsProject(at) {
			continue
		}
		for _, c := range at.Children() {
			if isProjectFile(c.Base()) {
				s.claimTree(c, "describes the project of an editable install", from)
			}
		}
		break
	}
}

// claimTree claims a node and everything below it, except caches and files of Debian
// packages.
func (s *sources) claimTree(root *layers.Node, text string, from *layers.Node) {
	if s.seen[root] {
		return
	}
	s.seen[root] = true
	root.Walk(func(c *layers.Node) bool {
		if s.Owner(c) == "" && !s.CacheBelow(c.Path(), root.Path()) {
			s.claim(c, text, from.Path())
		}
		return true
	})
}

func isProjectFile(name string) bool {
	switch name {
	case "pyproject.toml", "setup.py", "setup.cfg":
		return true
	}
	return strings.HasSuffix(name, eggInfo)
}

// holdsProject reports whether a directory is the root of a Python project.
func holdsProject(dir *layers.Node) bool {
	return slices.ContainsFunc(dir.Children(), func(c *layers.Node) bool { return isProjectFile(c.Base()) })
}

// listEgg adds distributions to those of the image whose metadata lies beside their
// source, where setuptools' "develop" puts it.
func (s *sources) listEgg(dir string) {
	root, err := s.Upper().Resolve(dir)
	if err != nil {
		return
	}
	for _, c := range root.Children() {
		if !strings.HasSuffix(c.Base(), eggInfo) {
			continue
		}
		if name, version, ok := parseMetadataName(c.Base()); ok {
			d := selection.Distribution{Ecosystem: runtimeName, Name: name, Key: Normalize(name), Version: version, Metadata: c.Path()}
			if v := metadataVersion(c.Child("PKG-INFO")); v != "" {
				d.Version = v
			}
			s.Selection.Distributions = append(s.Selection.Distributions, d)
		}
	}
}

// metadataVersion reads the version in a distribution's core metadata.
func metadataVersion(pkgInfo *layers.Node) string {
	if pkgInfo == nil {
		return ""
	}
	for line := range strings.Lines(string(pkgInfo.Evidence)) {
		if v, ok := strings.CutPrefix(line, "Version:"); ok {
			return strings.TrimSpace(v)
		}
		if strings.TrimSpace(line) == "" {
			break // the description follows
		}
	}
	return ""
}
