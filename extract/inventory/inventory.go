package inventory

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// Inventory is the content of an image for a bill of materials: packages with their
// files, and files without a package. Only regular files count, since links and
// directories have no content. Lists are ordered.
type Inventory struct {
	System        OSRelease
	Packages      []Component // Debian's, by name
	Distributions []Component // by normalized name
	// Runtime is the interpreter of an official image, which is built from source and no
	// package; nil if there is none.
	Runtime *Component
	Files   []File // without a package
}

// OSRelease identifies an image's Linux distribution (os-release(5)).
type OSRelease struct {
	ID        string // "debian"
	VersionID string // "12"
	Name      string // "Debian GNU/Linux 12 (bookworm)"
}

// Component is a package.
type Component struct {
	Name, Version string
	// Type and Key are the type and the name of a distribution's package URL.
	Type, Key string
	// Architecture, Source and SourceVersion are a Debian package's: the latter two are
	// of the source package that it was built from.
	Architecture          string
	Source, SourceVersion string
	// Licenses are as the package names them.
	Licenses []string
	// Location is the path of a distribution's metadata.
	Location string
	Files    []File // by path
}

// File is a regular file.
type File struct {
	Path   string // from the root, without a leading slash
	SHA1   [sha1.Size]byte
	SHA256 [sha256.Size]byte
}

// FileFacts is what only a file's content shows.
type FileFacts struct {
	SHA1     [sha1.Size]byte
	Metadata *ecosystem.Metadata // nil if the file has no package's metadata
}

// New lists what a tree holds. facts returns what was read from the content of a regular
// file; runtime is the image's, with version "" if there is none.
func New(t *layers.Tree, runtime selection.Runtime, ecosystems []*ecosystem.Ecosystem, facts func(*layers.Node) FileFacts) *Inventory {
	in := &inventory{tree: t, facts: facts, owned: make(map[*layers.Node]bool), out: &Inventory{System: systemOf(t)}}
	in.debian()
	for _, e := range ecosystems {
		in.distributions(e)
	}
	in.rest(runtime, ecosystems)
	return in.out
}

// inventory is an unfinished [Inventory].
type inventory struct {
	tree  *layers.Tree
	facts func(*layers.Node) FileFacts
	owned map[*layers.Node]bool
	out   *Inventory
}

// files describes nodes, and marks them as owned.
func (in *inventory) files(nodes []*layers.Node) []File {
	var out []File
	for _, n := range nodes {
		if n.Kind == layers.File && !n.Implied {
			in.owned[n] = true
			out = append(out, File{n.Path(), in.facts(n).SHA1, n.Digest})
		}
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return slices.Compact(out)
}

// metadata returns the package's metadata in a file; never nil.
func (in *inventory) metadata(name string) *ecosystem.Metadata {
	if n, err := in.tree.Resolve(name); err == nil && n.Kind == layers.File {
		if m := in.facts(n).Metadata; m != nil {
			return m
		}
	}
	return new(ecosystem.Metadata)
}

// debian lists the packages of dpkg's status and of status.d. Their files are those in
// the package's list, or those with a checksum beside its stanza in status.d.
func (in *inventory) debian() {
	files := make(map[string][]*layers.Node)
	for n, owner := range debian.OwnershipOf(in.tree).Files {
		files[owner] = append(files[owner], n)
	}
	known := make(map[string]bool)
	add := func(p *dpkg.Package, files []*layers.Node) {
		c := Component{
			Name: p.Name, Version: p.Version, Architecture: p.Architecture,
			Licenses: in.metadata("usr/share/doc/" + p.Name + "/copyright").Licenses, Files: in.files(files),
		}
		c.Source, c.SourceVersion = p.Source()
		in.out.Packages = append(in.out.Packages, c)
	}
	if status, err := in.tree.ReadFile(dpkg.StatusFile); err == nil {
		for _, p := range dpkg.ParseStatus(status) {
			add(p, files[p.Name])
			files[p.Name], known[p.Name] = nil, true // lists of a second architecture have the same names
		}
	}
	if dir, err := in.tree.Resolve(dpkg.StatusDir); err == nil {
		for _, n := range dir.Children() {
			if strings.HasSuffix(n.Path(), ".md5sums") {
				continue
			}
			for _, p := range dpkg.ParseStatus(n.Evidence) {
				if known[p.Name] {
					continue
				}
				listed := []*layers.Node{n}
				for _, name := range in.metadata(n.Path() + ".md5sums").Paths {
					if file, err := in.tree.Lookup(name); err == nil {
						listed = append(listed, file)
					}
				}
				add(p, listed)
			}
		}
	}
	slices.SortStableFunc(in.out.Packages, func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Architecture, b.Architecture))
	})
}

// distributions lists the packages of an ecosystem's installers. Their metadata has the
// name and version more exactly than the directory's name.
func (in *inventory) distributions(e *ecosystem.Ecosystem) {
	e.Distributions(in.tree, func(d selection.Distribution, files []*layers.Node) {
		m := in.metadata(e.MetadataFile(in.tree, d))
		in.out.Distributions = append(in.out.Distributions, Component{
			Name: cmp.Or(m.Name, d.Name), Version: cmp.Or(m.Version, d.Version),
			Type: e.PURLType, Key: e.Normalize(cmp.Or(m.Name, d.Name)),
			Licenses: m.Licenses, Location: d.Metadata, Files: in.files(files),
		})
	})
	slices.SortStableFunc(in.out.Distributions, func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Location, b.Location))
	})
}

// rest assigns the runtime's files, and lists the remaining ones.
func (in *inventory) rest(runtime selection.Runtime, ecosystems []*ecosystem.Ecosystem) {
	own := make(map[*ecosystem.Ecosystem][]*layers.Node)
	var left []*layers.Node
	in.tree.Walk(func(n *layers.Node) bool {
		if n.Kind != layers.File || in.owned[n] {
			return true
		}
		i := slices.IndexFunc(ecosystems, func(e *ecosystem.Ecosystem) bool { return e.RuntimeFile(n.Path(), runtime) })
		if i >= 0 {
			own[ecosystems[i]] = append(own[ecosystems[i]], n)
		} else {
			left = append(left, n)
		}
		return true
	})
	for _, e := range ecosystems {
		if files := own[e]; len(files) > 0 {
			in.out.Runtime = &Component{Name: e.Name, Version: runtime.Version, Location: e.RuntimeDir(runtime), Files: in.files(files)}
		}
	}
	in.out.Files = in.files(left)
}

// systemOf reads os-release.
func systemOf(t *layers.Tree) (s OSRelease) {
	fields := map[string]*string{"ID": &s.ID, "VERSION_ID": &s.VersionID, "PRETTY_NAME": &s.Name}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		data, err := t.ReadFile(name)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			if to := fields[key]; to != nil {
				*to = strings.Trim(value, `"'`)
			}
		}
		break
	}
	return s
}
