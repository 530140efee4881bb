package extract

import (
	"context"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slimify/slimify/layers"
)

// claimEditable claims the sources that site directories lead to: editable
// installs of all forms, and directories that .pth files add to the path.
func claimEditable(_ context.Context, s *scene, claim claimFunc) error {
	s.tree().Walk(func(n *layers.Node) bool {
		if n.Kind != layers.Dir || !isSiteName(lastElem(n)) {
			return true
		}
		for _, c := range n.Children() {
			if s.owners[c] == "" {
				s.followInstall(n, c, claim)
			}
		}
		return false
	})
	return nil
}

// followInstall claims the sources that one entry of a site directory names.
func (s *scene) followInstall(site, c *layers.Node, claim claimFunc) {
	name := lastElem(c)
	switch {
	case strings.HasSuffix(name, ".pth"):
		s.followPth(site, c, claim)
	case strings.HasSuffix(name, ".egg-link"): // setuptools' "develop"
		lines := parseLines(c.Evidence, site.Path())
		if len(lines) > 0 {
			s.claimSource(lines[0], c, claim)
			s.listEgg(lines[0])
		}
	case strings.HasSuffix(name, distInfo):
		if doc := c.Child("direct_url.json"); doc != nil {
			if dir, ok := parseDirectURL(doc.Evidence); ok {
				s.claimSource(dir, doc, claim)
			}
		}
	}
}

// followPth reads a .pth file as site.py does: a line that begins with "import"
// is code, any other is a path relative to the site directory.
func (s *scene) followPth(site, pth *layers.Node, claim claimFunc) {
	for line := range strings.Lines(string(pth.Evidence)) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t"):
			for _, dir := range absoluteLiterals(line) {
				s.claimSource(dir, pth, claim)
			}
			for _, module := range importedFinders(line) {
				if finder := site.Child(module + ".py"); finder != nil {
					for _, dir := range absoluteLiterals(string(finder.Evidence)) {
						s.claimSource(dir, finder, claim)
					}
				}
			}
		default:
			if name, ok := joinPath(site.Path(), line); ok {
				s.claimSource(name, pth, claim)
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

// claimSource claims the source file or directory of that name, if the user's
// layers have one, and what describes its project.
func (s *scene) claimSource(name string, from *layers.Node, claim claimFunc) {
	n, err := s.tree().Resolve(name)
	if err != nil {
		// A finder names a module without its suffix.
		if n, err = s.tree().Resolve(name + ".py"); err != nil {
			return
		}
	}
	site := from.Parent()
	if n.Parent() == nil || isBelow(n.Path(), site.Path()) || isBelow(site.Path(), n.Path()) {
		return
	}
	if n.Kind == layers.Dir && s.sharedDir(n) && !holdsProject(n) {
		return
	}
	s.claimBelow(n, "source of an editable install", from, claim)
	for at := n; at != nil && at.Parent() != nil; at = at.Parent() {
		if !holdsProject(at) {
			continue
		}
		for _, c := range at.Children() {
			if isProjectFile(lastElem(c)) {
				s.claimBelow(c, "describes the project of an editable install", from, claim)
			}
		}
		break
	}
}

// claimBelow claims what lies at and below a node, without caches and without
// what Debian packages own.
func (s *scene) claimBelow(root *layers.Node, text string, from *layers.Node, claim claimFunc) {
	root.Walk(func(c *layers.Node) bool {
		if s.owners[c] == "" && !litterBelow(c.Path(), root.Path()) {
			claim(c, text, from.Path())
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
	return slices.ContainsFunc(dir.Children(), func(c *layers.Node) bool { return isProjectFile(lastElem(c)) })
}

// listEgg adds the distributions whose metadata lies beside their source, where
// "develop" leaves it, to those of the image.
func (s *scene) listEgg(dir string) {
	root, err := s.tree().Resolve(dir)
	if err != nil {
		return
	}
	for _, c := range root.Children() {
		if !strings.HasSuffix(lastElem(c), eggInfo) {
			continue
		}
		if name, version, ok := parseMetadataName(lastElem(c)); ok {
			d := Distribution{Name: name, Version: version, Metadata: c.Path()}
			if v := metadataVersion(c.Child("PKG-INFO")); v != "" {
				d.Version = v
			}
			s.sel.Distributions = append(s.sel.Distributions, d)
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
