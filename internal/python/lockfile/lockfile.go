// Package lockfile reads the hashes of archives from the lock files of Python's
// tools: requirements files with --hash, uv.lock, poetry.lock, pdm.lock,
// pylock.toml (PEP 751) and Pipfile.lock.
package lockfile

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// MaxSize is the largest file that is read, in bytes. The largest seen has 2
// MB.
const MaxSize = 8 << 20

// Pin is a version of a distribution with the hashes of its archives.
type Pin struct {
	Name, Version string   // as the file spells them
	Hashes        []string // SHA-256, in hex
}

// formats maps patterns for path.Match of file names to their parsers.
var formats = []struct {
	pattern string
	parse   func([]byte) []Pin
}{
	{"uv.lock", parseTOML},
	{"poetry.lock", parseTOML},
	{"pdm.lock", parseTOML},
	{"pylock.toml", parseTOML},
	{"pylock.*.toml", parseTOML},
	{"Pipfile.lock", parsePipfile},
	{"*requirements*.txt", parseRequirements},
	{"*constraints*.txt", parseRequirements},
}

func parserOf(name string) func([]byte) []Pin {
	for _, f := range formats {
		if ok, _ := path.Match(f.pattern, path.Base(name)); ok {
			return f.parse
		}
	}
	if path.Ext(name) == ".txt" && path.Base(path.Dir(name)) == "requirements" { // requirements/prod.txt
		return parseRequirements
	}
	return nil
}

// Is reports whether a path is a lock file's.
func Is(name string) bool { return parserOf(name) != nil }

// Parse reads a lock file. A file that cannot be read has no pins: an image may
// hold anything under that name.
func Parse(name string, data []byte) []Pin {
	parse := parserOf(name)
	if parse == nil || len(data) > MaxSize {
		return nil
	}
	pins := parse(data)
	for i := range pins {
		slices.Sort(pins[i].Hashes)
		pins[i].Hashes = slices.Compact(pins[i].Hashes)
	}
	return slices.DeleteFunc(pins, func(p Pin) bool { return p.Name == "" || p.Version == "" || len(p.Hashes) == 0 })
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// sha256s returns the digests of those hashes that read "sha256:HEX".
func sha256s(hashes ...string) (out []string) {
	for _, h := range hashes {
		if digest, ok := strings.CutPrefix(h, "sha256:"); ok && hexDigest.MatchString(digest) {
			out = append(out, digest)
		}
	}
	return out
}

// maxHashes bounds the hashes of one file. Old versions of poetry list them by name,
// and packages of one name share them, so there can be more hashes than the file has
// bytes.
const maxHashes = 1 << 18

// archive is a distribution's file in any of the TOML formats.
type archive struct {
	Hash   string            // uv, poetry, PDM: "sha256:…"
	Hashes map[string]string // PEP 751: {sha256 = "…"}
}

func (a *archive) sha256s() []string {
	if a == nil {
		return nil
	}
	return sha256s(a.Hash, "sha256:"+a.Hashes["sha256"])
}

// tomlPackage is a distribution in any of the TOML formats.
type tomlPackage struct {
	Name    string
	Version string
	Files   []archive // poetry, PDM
	Sdist   *archive  // uv, PEP 751
	Wheels  []archive // uv, PEP 751
	Archive *archive  // PEP 751
}

func parseTOML(data []byte) (out []Pin) {
	var doc struct {
		Package  []tomlPackage // uv, poetry, PDM
		Packages []tomlPackage // PEP 751
		Metadata struct {
			Files map[string][]archive // poetry before 1.3
		}
	}
	if crowded(data) || toml.Unmarshal(data, &doc) != nil {
		return nil
	}
	left := maxHashes
	for _, p := range slices.Concat(doc.Package, doc.Packages) {
		pin := Pin{Name: p.Name, Version: p.Version}
		for _, a := range slices.Concat(p.Files, p.Wheels, doc.Metadata.Files[p.Name]) {
			pin.Hashes = append(pin.Hashes, a.sha256s()...)
		}
		pin.Hashes = slices.Concat(pin.Hashes, p.Sdist.sha256s(), p.Archive.sha256s())
		if left -= len(pin.Hashes); left < 0 {
			return nil
		}
		out = append(out, pin)
	}
	return out
}

func parsePipfile(data []byte) (out []Pin) {
	type group map[string]struct {
		Version string
		Hashes  []string
	}
	var doc struct{ Default, Develop group }
	if json.Unmarshal(data, &doc) != nil {
		return nil
	}
	for _, g := range []group{doc.Default, doc.Develop} {
		for name, p := range g {
			if version, ok := strings.CutPrefix(p.Version, "=="); ok {
				out = append(out, Pin{name, version, sha256s(p.Hashes...)})
			}
		}
	}
	slices.SortFunc(out, func(a, b Pin) int { return strings.Compare(a.Name, b.Name) })
	return out
}

var (
	// pinned matches NAME[EXTRAS]==VERSION at the start of a requirement.
	pinned = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([A-Za-z0-9.!+_-]+)`)
	hash   = regexp.MustCompile(`--hash[= ]\s*(sha256:[0-9a-f]{64})\b`)
)

// parseRequirements reads the requirements with hashes in pip's requirements
// file format.
func parseRequirements(data []byte) (out []Pin) {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		m := pinned.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		pin := Pin{Name: m[1], Version: m[2]}
		for _, h := range hash.FindAllStringSubmatch(line, -1) {
			pin.Hashes = append(pin.Hashes, sha256s(h[1])...)
		}
		out = append(out, pin)
	}
	return out
}
