package label

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// blankKey holds the key's place while the key is computed.
var blankKey = "sha256:" + strings.Repeat("0", 64)

// Settings are the options that a result's bytes depend on. Lists are sorted and have no
// duplicates. Source and base are not among them: the result names both.
type Settings struct {
	Platforms, Keep, Drop, Accept []string
	Minimal                       bool
	ZStd                          bool
}

// Sorted returns a sorted copy without duplicates.
func Sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// KeyOf is the digest of a manifest, whose key is blank, and of the settings. The
// manifest names everything else: source, base, version, config and layers.
func KeyOf(settings Settings, manifest []byte) string {
	// Neither encoding strings nor reading memory can fail.
	raw, _ := json.Marshal(settings)
	h, _, _ := v1.SHA256(bytes.NewReader(slices.Concat([]byte("slimify key 1\n"), raw, []byte{'\n'}, manifest)))
	return h.String()
}

// swapKey replaces the key in JSON that slimify wrote. There must be one.
func swapKey(raw []byte, from, to string) ([]byte, bool) {
	field := func(v string) []byte { return fmt.Appendf(nil, "%q:%q", Key, v) }
	if bytes.Count(raw, field(from)) != 1 {
		return nil, false
	}
	return bytes.Replace(raw, field(from), field(to), 1), true
}

// swap replaces the key of an image or an index: in the annotations of its
// manifest, or in the labels of its config if config is not nil, whose digest
// then changes in the manifest.
func swap(manifest, config []byte, from, to string) (m, c []byte, ok bool) {
	if config == nil {
		m, ok = swapKey(manifest, from, to)
		return m, nil, ok
	}
	if c, ok = swapKey(config, from, to); !ok {
		return nil, nil, false
	}
	before, _, _ := v1.SHA256(bytes.NewReader(config))
	after, _, _ := v1.SHA256(bytes.NewReader(c))
	if bytes.Count(manifest, []byte(before.String())) != 1 {
		return nil, nil, false
	}
	return bytes.Replace(manifest, []byte(before.String()), []byte(after.String()), 1), c, true
}

// Seal puts the key in its place, and returns the manifest and the config with it. config
// is nil if the manifest's annotations have the key. Without a place for a key both stay as
// they are.
func Seal(manifest, config []byte, settings Settings) (m, c []byte) {
	if m, c, ok := swap(manifest, config, blankKey, KeyOf(settings, manifest)); ok {
		return m, c
	}
	return manifest, config
}

// Sealed reports whether a manifest and a config are as a run with the same settings wrote
// them. config is nil if the manifest has the key.
func Sealed(manifest, config []byte, settings Settings, key string) bool {
	blank, _, ok := swap(manifest, config, key, blankKey)
	return ok && key == KeyOf(settings, blank)
}
