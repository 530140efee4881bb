package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// finish makes the base's dpkg know what came along. A package whose
// dependencies do not hold there would make every later run of apt-get fail:
// its files stay, and status.d tells of them, which dpkg does not read but
// scanners do.
func (c *carrier) finish(ctx context.Context) error {
	known := c.consistent()
	var unknown []string
	for _, cp := range c.packages {
		if cp.Known = known[cp.Name]; !cp.Known {
			unknown = append(unknown, cp.Name+" ("+cp.Unmet+")")
		}
		c.sel.Packages = append(c.sel.Packages, cp.Package)
	}
	if len(unknown) > 0 {
		c.sel.warn("dpkg", "%s left out of dpkg's status, where apt-get would refuse to work with them, and in status.d for scanners: build the image on the base's state of Debian to have them in both",
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
func (c *carrier) consistent() map[string]bool {
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
func (c *carrier) register() {
	old, err := c.State.base.Tree.ReadFile(dpkgStatus)
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
			reason := Reason{RuleDebian, "dpkg's record of " + cp.Name, cp.list.Path()}
			if n == cp.list {
				reason = Reason{RuleDebian, "Debian package " + cp.Name + ": " + cp.Why.Text, cp.Why.From}
			}
			c.keep(n, reason)
		}
	}
	if first != nil {
		c.generate(dpkgStatus, append(status, '\n'), Reason{RuleDebian, "the base's packages and those that were added", first.list.Path()})
	}
}

// generate adds a file that is made here, with the attributes that it has in the
// base if it stands there. It writes nothing that the base has already.
func (c *carrier) generate(name string, content []byte, reason Reason) {
	e := layers.Entry{Mode: 0o644}
	if b, err := c.State.base.Tree.Resolve(name); err == nil {
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
	c.sel.generate(Generated{Entry: e, Content: content, Part: System, Reason: reason})
}

// registerTriggers adds the packages to dpkg's index of triggers, by what their own
// files say (deb-triggers(5)).
func (c *carrier) registerTriggers() {
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
			if file := path.Join(dpkgTriggers, "File"); strings.HasPrefix(f[1], "/") {
				added[file] = append(added[file], f[1]+" "+who)
			} else {
				file = path.Join(dpkgTriggers, f[1])
				added[file] = append(added[file], who)
			}
		}
	}
	for _, name := range text.SortedKeys(added) {
		old, _ := c.State.base.Tree.ReadFile(name) // a trigger that is new has none
		lines := strings.Join(added[name], "\n") + "\n"
		c.generate(name, append(old, lines...), Reason{Rule: RuleDebian, Text: "triggers of packages that were added"})
	}
}

// divert adds the diversions of packages that came along, and those of the
// administrator for files of theirs.
func (c *carrier) divert() {
	if len(c.diversions) == 0 {
		return
	}
	old, _ := c.State.base.Tree.ReadFile(dpkgDiversions)
	all := dpkg.ParseDiversions(old)
	for _, d := range c.diversions {
		by := c.byName[d.By]
		ours := by != nil && by.Known || d.By == ":" && (c.present(d.From) || c.present(d.To))
		if ours && !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	c.generate(dpkgDiversions, dpkg.FormatDiversions(all), Reason{Rule: RuleDebian, Text: "the base's diversions and those of what was added"})
}

// overrideOwners adds the administrator's owners and modes for files that came
// along: lines of user, group, mode and path (dpkg-statoverride(1)).
func (c *carrier) overrideOwners() {
	fat, err := c.tree().ReadFile(dpkgOverrides)
	if err != nil {
		return
	}
	all, _ := c.State.base.Tree.ReadFile(dpkgOverrides)
	for line := range strings.Lines(string(fat)) {
		f := strings.Fields(line)
		if len(f) == 4 && c.present(f[3]) && !strings.Contains(string(all), line) {
			all = append(all, line...)
		}
	}
	c.generate(dpkgOverrides, all, Reason{Rule: RuleDebian, Text: "the base's owners and modes and those of what was added"})
}

// present reports whether SLIM has an absolute path: kept, or the base's.
func (c *carrier) present(name string) bool {
	if n, err := c.tree().Resolve(name); err == nil {
		if it := c.sel.Item(n); it != nil && it.Verdict == Kept {
			return true
		}
	}
	for _, cp := range c.packages {
		if n, err := cp.tree.Resolve(name); err == nil {
			if it := c.sel.Item(n); it != nil && it.Verdict == Kept {
				return true
			}
		}
	}
	_, err := c.State.base.Tree.Resolve(name)
	return err == nil && !c.tree().Hides(name)
}
