package system

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// cacheFiles match files that tools leave and nothing reads again: caches, logs of
// package managers, backups of account databases.
var cacheFiles = []string{
	"var/cache/apt/**", "var/lib/apt/**", "var/cache/debconf/**", "var/cache/ldconfig/**",
	"var/log/apt/**", "var/log/dpkg.log", "var/log/alternatives.log", "var/log/bootstrap.log", "var/log/fontconfig.log",
	"var/log/faillog", "var/log/lastlog", "var/log/btmp", "var/log/wtmp",
	"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-", "etc/.pwd.lock",
	"root/.wget-hsts", "root/.bash_history",
	"tmp/**", "var/tmp/**",
}

// cacheDirs are the directories in which directories are caches too.
var cacheDirs = []string{"var/cache/apt", "var/lib/apt"}

// Caches are patterns of caches, logs and backups.
type Caches struct {
	files, dirs []string
	tops        map[string]bool // the directories of the root that may hold caches
}

// NewCaches returns the caches of the system and of some ecosystems.
func NewCaches(ecosystems []*ecosystem.Ecosystem) *Caches {
	c := &Caches{files: slices.Clone(cacheFiles), dirs: slices.Clone(cacheDirs), tops: make(map[string]bool)}
	for _, e := range ecosystems {
		c.files, c.dirs = append(c.files, e.CacheFiles...), append(c.dirs, e.CacheDirs...)
	}
	for _, p := range slices.Concat(c.files, c.dirs) {
		top, _, _ := strings.Cut(p, "/")
		c.tops[top] = true
	}
	return c
}

// Has reports whether a regular file at that path is a cache, log or backup.
func (c *Caches) Has(name string) bool {
	for _, p := range c.files {
		if ok, _ := doublestar.Match(p, name); ok {
			return true
		}
	}
	return false
}

// Below reports whether a path is a cache below dir. It reports false if dir itself lies
// among caches (WORKDIR /tmp/app).
func (c *Caches) Below(name, dir string) bool { return c.Has(name) && !c.Has(dir) }

// HasDir reports whether a directory holds only caches: one of the patterns, or below one.
func (c *Caches) HasDir(name string) bool {
	for at := name; at != "."; at = path.Dir(at) {
		for _, p := range c.dirs {
			if ok, _ := path.Match(p, at); ok {
				return true
			}
		}
	}
	return false
}

// Claim claims the caches in the user's layers.
func (c *Caches) Claim(s *selection.State, claim selection.ClaimFunc) {
	s.Upper().Walk(func(n *layers.Node) bool {
		name := n.Path()
		if n.Parent() == s.Upper().Root() && !c.tops[name] {
			return false
		}
		if n.Kind == layers.File && c.Has(name) || n.Kind == layers.Dir && c.HasDir(name) && n.UID == 0 {
			claim(n, "cache, log or backup that nothing reads again", "")
		}
		return true
	})
}
