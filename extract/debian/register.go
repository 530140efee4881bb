package debian

import (
	"bytes"
	"context"
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// Finish registers moved packages with the base's dpkg. A package with unmet
// dependencies would make every later apt-get fail: its files are kept, but it is
// listed in status.d, which scanners read and dpkg does not.
func (m *Mover) Finish(ctx context.Context) error {
	known := m.consistent()
	var unknown []string
	for _, mp := range m.packages {
		if mp.Known = known[mp.Name]; !mp.Known {
			unknown = append(unknown, mp.Name+" ("+mp.Unmet+")")
		}
		m.Selection.Packages = append(m.Selection.Packages, mp.Package)
	}
	if len(unknown) > 0 {
		m.Selection.Warn("dpkg", "%s listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both",
			text.Counted(unknown, "Debian package"))
	}
	m.register()
	m.registerTriggers()
	if err := m.alternatives(ctx); err != nil {
		return err
	}
	m.divert()
	m.overrideOwners()
	if err := m.keepGenerated(ctx); err != nil {
		return err
	}
	m.dropGenerated()
	return m.attribute(ctx)
}

// consistent returns the packages that can be added to the base's database: with all of
// them installed, no dependency is unmet and nothing conflicts.
func (m *Mover) consistent() map[string]bool {
	known := make(map[string]bool)
	for _, mp := range m.packages {
		known[mp.Name] = true
	}
	for changed := true; changed; {
		changed = false
		db := dpkg.NewDatabase(m.base.Packages()...)
		for _, mp := range m.packages {
			if known[mp.Name] {
				db.Add(mp.deb)
			}
		}
		for _, mp := range m.packages {
			if !known[mp.Name] {
				continue
			}
			mp.Unmet = db.Unmet(mp.deb)
			if mp.Unmet == "" {
				mp.Unmet = conflictWith(db, m.base, mp.deb)
			}
			if mp.Unmet != "" {
				known[mp.Name], changed = false, true
			}
		}
	}
	return known
}

// conflictWith returns the conflict of a package of the base with another package, ""
// if there is none.
func conflictWith(db, base *dpkg.Database, p *dpkg.Package) string {
	for _, b := range base.Packages() {
		for _, relations := range []dpkg.Relations{b.Conflicts, b.Breaks} {
			for _, group := range relations {
				for _, r := range group {
					if slices.Contains(db.Matches(r), p) {
						return b.Name + " conflicts with it"
					}
				}
			}
		}
	}
	return ""
}

// register adds the known packages to dpkg's status file, and keeps dpkg's files about
// each.
func (m *Mover) register() {
	old, err := m.Base.Tree.ReadFile(dpkg.StatusFile)
	if err != nil {
		return
	}
	status := append(bytes.TrimRight(old, "\n"), '\n')
	var first *movedPackage
	for _, mp := range m.packages {
		if !mp.Known {
			continue
		}
		if first == nil {
			first = mp
		}
		status = append(append(status, '\n'), mp.deb.Stanza...)
		stem := strings.TrimSuffix(mp.list.Base(), ".list") + "."
		for _, n := range mp.list.Parent().ChildrenWith(stem) {
			reason := selection.Reason{Rule: selection.Debian, Text: "dpkg's record of " + mp.Name, From: mp.list.Path()}
			if n == mp.list {
				reason = selection.Reason{Rule: selection.Debian, Text: "Debian package " + mp.Name + ": " + mp.Why.Text, From: mp.Why.From}
			}
			m.Keep(n, reason)
		}
	}
	if first != nil {
		m.generate(dpkg.StatusFile, append(status, '\n'), selection.Reason{Rule: selection.Debian, Text: "the base's packages and the added ones", From: first.list.Path()})
	}
}

// generate adds a generated file, with the attributes that it has in the base. It adds
// nothing if the base has the same content.
func (m *Mover) generate(name string, content []byte, reason selection.Reason) {
	e := layers.Entry{Mode: 0o644}
	if b, err := m.Base.Tree.Resolve(name); err == nil {
		e, name = *b.Entry, b.Path()
		if bytes.Equal(b.Evidence, content) {
			return
		}
	} else if len(content) == 0 {
		return
	} else if len(m.packages) > 0 {
		e.ModTime = m.packages[0].list.ModTime
	}
	e.Name, e.Evidence, e.Size, e.Digest = name, nil, int64(len(content)), sha256.Sum256(content)
	m.Selection.Generate(selection.Generated{Entry: e, Content: content, Part: selection.System, Reason: reason})
}

// registerTriggers adds the packages' triggers to dpkg's index (deb-triggers(5)).
func (m *Mover) registerTriggers() {
	added := make(map[string][]string) // lines by file of the index
	for _, mp := range m.packages {
		stem := strings.TrimSuffix(mp.list.Base(), ".list")
		n := mp.list.Parent().Child(stem + ".triggers")
		if !mp.Known || n == nil {
			continue
		}
		for line := range strings.Lines(string(n.Evidence)) {
			f := strings.Fields(line)
			if len(f) != 2 || !strings.HasPrefix(f[0], "interest") {
				continue
			}
			who := stem
			if f[0] == "interest-noawait" {
				who += "/noawait"
			}
			if file := path.Join(dpkg.TriggersDir, "File"); strings.HasPrefix(f[1], "/") {
				added[file] = append(added[file], f[1]+" "+who)
			} else {
				file = path.Join(dpkg.TriggersDir, f[1])
				added[file] = append(added[file], who)
			}
		}
	}
	for _, name := range text.SortedKeys(added) {
		old, _ := m.Base.Tree.ReadFile(name) // a new trigger has no file
		lines := strings.Join(added[name], "\n") + "\n"
		m.generate(name, append(old, lines...), selection.Reason{Rule: selection.Debian, Text: "triggers of the added packages"})
	}
}

// divert adds the diversions of moved packages, and the administrator's diversions of
// their files.
func (m *Mover) divert() {
	if len(m.diversions.all) == 0 {
		return
	}
	old, _ := m.Base.Tree.ReadFile(dpkg.DiversionsFile)
	all := dpkg.ParseDiversions(old)
	for _, d := range m.diversions.all {
		by := m.byName[d.By]
		ours := by != nil && by.Known || d.By == ":" && (m.present(d.From) || m.present(d.To))
		if ours && !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	m.generate(dpkg.DiversionsFile, dpkg.FormatDiversions(all), selection.Reason{Rule: selection.Debian, Text: "the base's diversions and those of the added packages"})
}

// overrideOwners adds the administrator's owners and modes of moved files: lines of
// user, group, mode and path (dpkg-statoverride(1)).
func (m *Mover) overrideOwners() {
	fat, err := m.Upper().ReadFile(dpkg.StatOverrideFile)
	if err != nil {
		return
	}
	all, _ := m.Base.Tree.ReadFile(dpkg.StatOverrideFile)
	for line := range strings.Lines(string(fat)) {
		f := strings.Fields(line)
		if len(f) == 4 && m.present(f[3]) && !strings.Contains(string(all), line) {
			all = append(all, line...)
		}
	}
	m.generate(dpkg.StatOverrideFile, all, selection.Reason{Rule: selection.Debian, Text: "the base's owners and modes and those of the added packages"})
}

// present reports whether SLIM has an absolute path: kept, or from the base.
func (m *Mover) present(name string) bool {
	if n, err := m.Upper().Resolve(name); err == nil {
		if it := m.Selection.Item(n); it != nil && it.Verdict == selection.Kept {
			return true
		}
	}
	for _, mp := range m.packages {
		if n, err := mp.tree.Resolve(name); err == nil {
			if it := m.Selection.Item(n); it != nil && it.Verdict == selection.Kept {
				return true
			}
		}
	}
	_, err := m.Base.Tree.Resolve(name)
	return err == nil && !m.Upper().Hides(name)
}
