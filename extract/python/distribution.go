package python

import (
	"bytes"
	"encoding/csv"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/layers"
)

// Normalize returns a distribution's name in the form in which names are compared (PEP
// 503).
func Normalize(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

var separators = regexp.MustCompile(`[-_.]+`)

const (
	distInfo = ".dist-info" // PEP 376
	eggInfo  = ".egg-info"  // setuptools' and distutils' older form
	eggFile  = ".egg"       // easy_install's: a directory or a zip with EGG-INFO
)

// parseMetadataName reads a metadata directory's name: "Flask-2.3.2.dist-info",
// "PyYAML-6.0-py3.9.egg-info", "app.egg-info", "app-1.0-py3.9.egg".
func parseMetadataName(base string) (name, version string, ok bool) {
	stem, isDist := strings.CutSuffix(base, distInfo)
	if !isDist {
		if stem, ok = strings.CutSuffix(base, eggInfo); !ok {
			if stem, ok = strings.CutSuffix(base, eggFile); !ok {
				return "", "", false
			}
		}
	}
	name, version, _ = strings.Cut(stem, "-")
	if !isDist {
		version, _, _ = strings.Cut(version, "-py")
	}
	return name, version, name != ""
}

// metadataOf returns the name and version of the distribution whose metadata a node is.
// ok is false for other nodes, for metadata where no installer puts it, and if the tree
// has none of its content.
func metadataOf(n *layers.Node) (name, version string, ok bool) {
	if n.Parent() == nil || n.Implied && len(n.Children()) == 0 {
		return "", "", false
	}
	if isSiteName(n.Parent().Base()) || isTargetInstall(n) {
		return parseMetadataName(n.Base())
	}
	return "", "", false
}

// isSiteName reports whether Python's site module uses directories of that name.
func isSiteName(name string) bool { return name == "site-packages" || name == "dist-packages" }

// IsSite reports whether a path is a site directory, by its name.
func IsSite(name string) bool { return isSiteName(path.Base(name)) }

// isTargetInstall reports whether a node is metadata that "pip install --target" put into
// a directory that is not named like a site directory. It is false inside a site
// directory: distributions may vendor others with their metadata.
func isTargetInstall(n *layers.Node) bool {
	if !strings.HasSuffix(n.Base(), distInfo) || n.Child("RECORD") == nil || n.Child("METADATA") == nil {
		return false
	}
	for at := n.Parent(); at.Parent() != nil; at = at.Parent() {
		if isSiteName(at.Base()) {
			return false
		}
	}
	return n.Parent().Parent() != nil
}

// eachDistribution calls f for each distribution in the site directories of a
// tree, with the files of it that exist there.
func eachDistribution(t *layers.Tree, f func(d selection.Distribution, files []*layers.Node)) {
	t.Walk(func(n *layers.Node) bool {
		name, version, ok := metadataOf(n)
		if !ok {
			return true
		}
		d := selection.Distribution{Ecosystem: runtimeName, Name: name, Key: Normalize(name), Version: version, Metadata: n.Path()}
		files := distributionFiles(t, n)
		for _, file := range files {
			if file.Kind != layers.Dir {
				d.Files++
				d.Bytes += file.Size
			}
		}
		f(d, files)
		return true
	})
}

// distributionFiles lists the nodes of a distribution: the existing ones in its list of
// files, its metadata, and the bytecode of its modules.
func distributionFiles(t *layers.Tree, metadata *layers.Node) []*layers.Node {
	var out []*layers.Node
	seen := make(map[*layers.Node]bool)
	add := func(nodes ...*layers.Node) {
		for _, n := range nodes {
			if !seen[n] && !n.Implied {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	for _, name := range listedFiles(metadata) {
		n, err := t.Lookup(name)
		if err != nil {
			continue
		}
		add(n)
		if n.Kind == layers.File && strings.HasSuffix(name, ".py") {
			add(bytecodeOf(n)...)
		}
	}
	metadata.Walk(func(n *layers.Node) bool {
		add(n)
		return true
	})
	return out
}

// listedFiles returns the paths that a distribution's own list names.
func listedFiles(metadata *layers.Node) []string {
	site := metadata.Parent().Path()
	if record := metadata.Child("RECORD"); record != nil {
		return recordPaths(record.Evidence, site)
	}
	if list := metadata.Child("installed-files.txt"); list != nil {
		return paths.ParseList(list.Evidence, metadata.Path())
	}
	if top := metadata.Child("top_level.txt"); top != nil {
		return moduleFiles(metadata.Parent(), paths.ParseList(top.Evidence, site))
	}
	return nil
}

// recordLine is a file that a distribution's RECORD names.
type recordLine struct {
	Path string // from the image's root
	Hash string // "sha256=…", in URL-safe base64 without padding; or ""
	Size string // in bytes; or ""
}

// parseRecord reads a RECORD: CSV lines of path, hash and size, with paths
// relative to the site directory or absolute (the PyPA specification "Recording
// installed projects"). Lines that cannot be read are passed over: a damaged
// RECORD must not lose the paths that it still names.
func parseRecord(data []byte, site string) []recordLine {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	var out []recordLine
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return out
		}
		if err != nil || len(fields) == 0 {
			continue
		}
		name, ok := paths.Join(site, fields[0])
		if !ok {
			continue
		}
		line := recordLine{Path: name}
		if len(fields) > 2 {
			line.Hash, line.Size = fields[1], fields[2]
		}
		out = append(out, line)
	}
}

// recordPaths lists the paths that a RECORD names.
func recordPaths(data []byte, site string) []string {
	var out []string
	for _, l := range parseRecord(data, site) {
		out = append(out, l.Path)
	}
	return out
}

// moduleFiles finds the files of top-level modules: a package's whole tree, a
// single source, extension modules.
func moduleFiles(site *layers.Node, modules []string) []string {
	var out []string
	for _, c := range site.Children() {
		stem, _, _ := strings.Cut(path.Base(c.Path()), ".")
		for _, m := range modules {
			if path.Base(m) != stem {
				continue
			}
			c.Walk(func(n *layers.Node) bool {
				out = append(out, n.Path())
				return true
			})
		}
	}
	return out
}

func claimRecords(distributions []ecosystem.Installed, claim selection.ClaimFunc) {
	for _, d := range distributions {
		if !strings.HasSuffix(d.Metadata, distInfo) {
			continue
		}
		text, record := "RECORD of "+d.Label(), path.Join(d.Metadata, "RECORD")
		for _, f := range d.Files {
			claim(f, text, record)
		}
	}
}

func claimEggInfo(distributions []ecosystem.Installed, claim selection.ClaimFunc) {
	for _, d := range distributions {
		if strings.HasSuffix(d.Metadata, distInfo) {
			continue
		}
		text := "file list of " + d.Label()
		for _, f := range d.Files {
			claim(f, text, d.Metadata)
		}
	}
}
