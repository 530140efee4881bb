package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// writeFrozen writes the requirements of each platform. Of several each has a file
// of its own, with the platform in its name: frozen.linux-arm64.txt.
func writeFrozen(files outputFiles, path string, frozen map[string][]byte) error {
	if path == "" {
		return nil
	}
	ext := filepath.Ext(path)
	for _, platform := range slices.Sorted(maps.Keys(frozen)) {
		name := path
		if len(frozen) > 1 {
			name = strings.TrimSuffix(path, ext) + "." + strings.ReplaceAll(platform, "/", "-") + ext
			more, err := createAll(name)
			if err != nil {
				return err
			}
			files[name] = more[name]
		}
		if err := files.write(name, frozen[platform]); err != nil {
			return err
		}
	}
	return nil
}
