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

// Finish makes the base's dpkg know what came along. A package whose
// dependencies do not hold there would make every later run of apt-get fail:
// its files stay, and status.d tells of them, which dpkg does not read but
// scanners do.
func (c *Mover) Finish(ctx context.Context) error {
	known := c.consistent()
	var unknown []string
	for _, cp := range c.packages {
		if cp.Known = known[cp.Name]; !cp.Known {
			unknown = append(unknown, cp.Name+" ("+cp.Unmet+")")
		}
		c.Selection.Packages = append(c.Selection.Packages, cp.Package)
	}
	if len(unknown) > 0 {
		c.Selection.Warn("dpkg", "%s left out of dpkg's status, where apt-get would refuse to work with them, and in status.d for scanners: build the image on the base's state of Debian to have them in both",
			text.Counted(unknown, "Debian package"))
	}
	c.register()
	c.registerTriggers()
	if err := c.alternatives(ctx); err != nil {
		return err
	}
	c.divert()
	c.overrideOwners()
	if err := c.keepGenerated(ctx); err != nil {
		return err
	}
	c.dropGenerated()
	return c.attribute(ctx)
}

// consistent finds the packages that can stand in the base's database: together
// with those that are there, all their dependencies hold and nothing conflicts.
func (c *Mover) consistent() map[string]bool {
	known := make(map[string]bool)
	for _, cp := range c.packages {
		known[cp.Name] = true
	}
	for again := true; again; {
		again = false
		db := dpkg.NewDatabase(c.base.Packages()...)
		for _, cp := range c.packages {
			if known[cp.Name] {
				db.Add(cp.deb)
			}
		}
		for _, cp := range c.packages {
			if !known[cp.Name] {
				continue
			}
			cp.Unmet = db.Unmet(cp.deb)
			if cp.Unmet == "" {
				cp.Unmet = conflictWith(db, c.base, cp.deb)
			}
			if cp.Unmet != "" {
				known[cp.Name], again = false, true
			}
		}
	}
	return known
}

// conflictWith returns which package of the base does not bear another.
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

// register writes the status database with the packages that dpkg shall know,
// and keeps dpkg's files on each.
func (c *Mover) register() {
	old, err := c.State.Base.Tree.ReadFile(dpkg.StatusFile)
	if err != nil {
		return
	}
	status := append(bytes.TrimRight(old, "\n"), '\n')
	var first *carried
	for _, cp := range c.packages {
		if !cp.Known {
			continue
		}
		if first == nil {
			first = cp
		}
		status = append(append(status, '\n'), cp.deb.Stanza...)
		stem := strings.TrimSuffix(cp.list.Base(), ".list") + "."
		for _, n := range cp.list.Parent().ChildrenWith(stem) {
			reason := selection.Reason{Rule: selection.Debian, Text: "dpkg's record of " + cp.Name, From: cp.list.Path()}
			if n == cp.list {
				reason = selection.Reason{Rule: selection.Debian, Text: "Debian package " + cp.Name + ": " + cp.Why.Text, From: cp.Why.From}
			}
			c.Keep(n, reason)
		}
	}
	if first != nil {
		c.generate(dpkg.StatusFile, append(status, '\n'), selection.Reason{Rule: selection.Debian, Text: "the base's packages and those that were added", From: first.list.Path()})
	}
}

// generate adds a file that is made here, with the attributes that it has in the
// base if it stands there. It writes nothing that the base has already.
func (c *Mover) generate(name string, content []byte, reason selection.Reason) {
	e := layers.Entry{Mode: 0o644}
	if b, err := c.State.Base.Tree.Resolve(name); err == nil {
		e, name = *b.Entry, b.Path()
		if bytes.Equal(b.Evidence, content) {
			return
		}
	} else if len(content) == 0 {
		return
	} else if len(c.packages) > 0 {
		e.ModTime = c.packages[0].list.ModTime
	}
	e.Name, e.Evidence, e.Size, e.Digest = name, nil, int64(len(content)), sha256.Sum256(content)
	c.Selection.Generate(selection.Generated{Entry: e, Content: content, Part: selection.System, Reason: reason})
}

// registerTriggers adds the packages to dpkg's index of triggers, by what their own
// files say (deb-triggers(5)).
func (c *Mover) registerTriggers() {
	added := make(map[string][]string) // lines by file of the index
	for _, cp := range c.packages {
		stem := strings.TrimSuffix(cp.list.Base(), ".list")
		n := cp.list.Parent().Child(stem + ".triggers")
		if !cp.Known || n == nil {
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
		old, _ := c.State.Base.Tree.ReadFile(name) // a trigger that is new has none
		lines := strings.Join(added[name], "\n") + "\n"
		c.generate(name, append(old, lines...), selection.Reason{Rule: selection.Debian, Text: "triggers of packages that were added"})
	}
}

// divert adds the diversions of packages that came along, and those of the
// administrator for files of theirs.
func (c *Mover) divert() {
	if len(c.diversions) == 0 {
		return
	}
	old, _ := c.State.Base.Tree.ReadFile(dpkg.DiversionsFile)
	all := dpkg.ParseDiversions(old)
	for _, d := range c.diversions {
		by := c.byName[d.By]
		ours := by != nil && by.Known || d.By == ":" && (c.present(d.From) || c.present(d.To))
		if ours && !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	c.generate(dpkg.DiversionsFile, dpkg.FormatDiversions(all), selection.Reason{Rule: selection.Debian, Text: "the base's diversions and those of what was added"})
}

// overrideOwners adds the administrator's owners and modes for files that came
// along: lines of user, group, mode and path (dpkg-statoverride(1)).
func (c *Mover) overrideOwners() {
	fat, err := c.Upper().ReadFile(dpkg.StatOverrideFile)
	if err != nil {
		return
	}
	all, _ := c.State.Base.Tree.ReadFile(dpkg.StatOverrideFile)
	for line := range strings.Lines(string(fat)) {
		f := strings.Fields(line)
		if len(f) == 4 && c.present(f[3]) && !strings.Contains(string(all), line) {
			all = append(all, line...)
		}
	}
	c.generate(dpkg.StatOverrideFile, all, selection.Reason{Rule: selection.Debian, Text: "the base's owners and modes and those of what was added"})
}

// present reports whether SLIM has an absolute path: kept, or the base's.
func (c *Mover) present(name string) bool {
	if n, err := c.Upper().Resolve(name); err == nil {
		if it := c.Selection.Item(n); it != nil && it.Verdict == selection.Kept {
			return true
		}
	}
	for _, cp := range c.packages {
		if n, err := cp.tree.Resolve(name); err == nil {
			if it := c.Selection.Item(n); it != nil && it.Verdict == selection.Kept {
				return true
			}
		}
	}
	_, err := c.State.Base.Tree.Resolve(name)
	return err == nil && !c.Upper().Hides(name)
}
