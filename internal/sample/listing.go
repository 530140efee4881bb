package sample

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/slimify/slimify/layers/layertest"
)

// listing collects the entries of one layer and the directories above them, as
// builders write them.
type listing struct {
	entries []layertest.Entry
	seen    map[string]bool
	time    time.Time // of every entry
}

func newListing(t time.Time) *listing { return &listing{seen: make(map[string]bool), time: t} }

// add appends entries after their directories. It skips paths that are listed
// already, since packages share directories.
func (l *listing) add(entries ...layertest.Entry) {
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name, "/")
		if l.seen[name] {
			continue
		}
		if dir := path.Dir(name); dir != "." && !l.seen[dir] {
			l.add(directory(dir))
		}
		l.seen[name] = true
		e.ModTime = l.time
		l.entries = append(l.entries, e)
	}
}

// directory is a directory with its mode in Debian.
func directory(name string) layertest.Entry {
	switch name {
	case "tmp", "var/tmp":
		return layertest.Dir(name).Chmod(0o1777)
	case "root":
		return layertest.Dir(name).Chmod(0o700)
	}
	return layertest.Dir(name)
}

// squash merges the steps' layers into one listing, by the rules of the OCI
// image specification's "Applying Changesets".
func squash(steps []Step) []layertest.Entry {
	merged := make(map[string]layertest.Entry)
	remove := func(name string, itself bool) {
		for at := range merged {
			if at == name && itself || strings.HasPrefix(at, name+"/") {
				delete(merged, at)
			}
		}
	}
	for _, s := range steps {
		for _, e := range s.Entries {
			dir, base := path.Split(strings.TrimSuffix(e.Name, "/"))
			switch hidden, ok := strings.CutPrefix(base, ".wh."); {
			case hidden == ".wh..opq":
				remove(path.Clean(dir), false)
			case ok:
				remove(dir+hidden, true)
			}
		}
		for _, e := range s.Entries {
			name := strings.TrimSuffix(e.Name, "/")
			if !strings.HasPrefix(path.Base(name), ".wh.") {
				merged[name] = e
			}
		}
	}
	names := make([]string, 0, len(merged))
	for name := range merged {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]layertest.Entry, len(names))
	for i, name := range names {
		out[i] = merged[name]
	}
	return out
}
