package sample

import (
	"crypto/md5"
	"fmt"
	"strings"

	"github.com/slimify/slimify/layers/layertest"
)

// deb is a Debian package.
type deb struct {
	name, version string
	section       string // default "libs" for lib*, else "utils"
	depends       string
	// sameArch marks packages with "Multi-Arch: same": the names of their lists
	// have the architecture.
	sameArch bool
	files    []layertest.Entry
	// preMerge lists files below /usr/lib, /usr/bin or /usr/sbin by the path
	// without /usr, as packages older than merged /usr do.
	preMerge bool
}

// dpkg is the database of an image while it is built.
type dpkg struct {
	machine machine
	status  strings.Builder
}

func newDpkg(m machine) *dpkg { return &dpkg{machine: m} }

// install adds packages and the updated database to a layer.
func (d *dpkg) install(l *listing, packages ...deb) {
	for _, p := range packages {
		defaults(&p.version, "1.0-1")
		if p.section == "" {
			p.section = "utils"
			if strings.HasPrefix(p.name, "lib") {
				p.section = "libs"
			}
		}
		p.files = append(p.files, layertest.File("usr/share/doc/"+p.name+"/copyright", "License: as in Debian\n"))
		l.add(p.files...)
		info := "var/lib/dpkg/info/" + p.name
		if p.sameArch {
			info += ":" + d.machine.debian
		}
		l.add(layertest.File(info+".list", p.list()), layertest.File(info+".md5sums", p.sums()))
		d.stanza(p)
	}
	l.add(layertest.File("var/lib/dpkg/status", d.status.String()))
}

// stanza adds a package to the status file (deb822, dpkg-query(1)).
func (d *dpkg) stanza(p deb) {
	size := int64(0)
	for _, f := range p.files {
		size += f.Size
	}
	fmt.Fprintf(&d.status, "Package: %s\nStatus: install ok installed\nPriority: optional\nSection: %s\nInstalled-Size: %d\n",
		p.name, p.section, size/1024+1)
	fmt.Fprintf(&d.status, "Maintainer: Debian <packages@example.org>\nArchitecture: %s\n", d.machine.debian)
	if p.sameArch {
		fmt.Fprintln(&d.status, "Multi-Arch: same")
	}
	fmt.Fprintf(&d.status, "Version: %s\n", p.version)
	if p.depends != "" {
		fmt.Fprintf(&d.status, "Depends: %s\n", p.depends)
	}
	fmt.Fprintf(&d.status, "Description: sample of %s\n\n", p.name)
}

// listed is a file's path in the package's list.
func (p deb) listed(name string) string {
	if rest, ok := strings.CutPrefix(name, "usr/"); ok && p.preMerge && !strings.HasPrefix(rest, "share/") {
		return rest
	}
	return name
}

// list is the package's list of paths, directories included.
func (p deb) list() string {
	out := []string{"/."}
	seen := make(map[string]bool)
	for _, f := range p.files {
		name := p.listed(strings.TrimSuffix(f.Name, "/"))
		for i := range name {
			if dir := name[:i]; i > 0 && name[i] == '/' && !seen[dir] {
				seen[dir] = true
				out = append(out, "/"+dir)
			}
		}
		out = append(out, "/"+name)
		seen[name] = true
	}
	return strings.Join(out, "\n") + "\n"
}

// sums is the list that `dpkg --verify` checks, without configuration files.
func (p deb) sums() string {
	var out strings.Builder
	for _, f := range p.files {
		if f.Content != "" && !strings.HasPrefix(f.Name, "etc/") {
			fmt.Fprintf(&out, "%x  %s\n", md5.Sum([]byte(f.Content)), p.listed(f.Name))
		}
	}
	return out.String()
}
