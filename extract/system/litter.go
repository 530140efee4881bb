package system

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// litterPatterns cover files that tools leave behind and that nothing reads
// again: caches, logs of package managers, backups of databases.
var litterPatterns = []string{
	"var/cache/apt/**", "var/lib/apt/**", "var/cache/debconf/**", "var/cache/ldconfig/**",
	"var/log/apt/**", "var/log/dpkg.log", "var/log/alternatives.log", "var/log/bootstrap.log", "var/log/fontconfig.log",
	"var/log/faillog", "var/log/lastlog", "var/log/btmp", "var/log/wtmp",
	"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-", "etc/.pwd.lock",
	"root/.cache/pip/**", "root/.cache/uv/**", "home/*/.cache/pip/**", "home/*/.cache/uv/**",
	"root/.wget-hsts", "root/.python_history", "root/.bash_history",
	"tmp/**", "var/tmp/**",
}

// cacheRoots are the directories below which directories are litter too.
var cacheRoots = []string{
	"root/.cache/pip", "root/.cache/uv", "home/*/.cache/pip", "home/*/.cache/uv", "var/cache/apt", "var/lib/apt",
}

// IsCache reports whether a regular file at that path is litter.
func IsCache(name string) bool {
	for _, p := range litterPatterns {
		if ok, _ := doublestar.Match(p, name); ok {
			return true
		}
	}
	return false
}

// CacheRoot returns the directory of caches at or above a path, or "".
func CacheRoot(name string) string {
	for at := name; at != "."; at = path.Dir(at) {
		for _, p := range cacheRoots {
			if ok, _ := path.Match(p, at); ok {
				return at
			}
		}
	}
	return ""
}

// CacheBelow reports whether a path is litter that lies in a cache below dir;
// a dir that lies itself in such a place (WORKDIR /tmp/app) is not litter.
func CacheBelow(name, dir string) bool {
	return IsCache(name) && !IsCache(dir)
}

// litterTops are the directories of the root that may hold litter.
var litterTops = topsOf(litterPatterns, cacheRoots)

func topsOf(patterns ...[]string) map[string]bool {
	tops := make(map[string]bool)
	for _, p := range slices.Concat(patterns...) {
		top, _, _ := strings.Cut(p, "/")
		tops[top] = true
	}
	return tops
}

func ClaimCaches(s *selection.State, claim selection.ClaimFunc) {
	s.Upper().Walk(func(n *layers.Node) bool {
		name := n.Path()
		if n.Parent() == s.Upper().Root() && !litterTops[name] {
			return false
		}
		if n.Kind == layers.File && IsCache(name) || n.Kind == layers.Dir && CacheRoot(name) != "" && n.UID == 0 {
			claim(n, "cache, log or backup that nothing reads again", "")
		}
		return true
	})
}
