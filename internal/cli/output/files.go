// Package output writes the files that a command makes in addition to the image, each whole or
// not at all.
package output

import (
	"crypto/rand"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/usage"
)

// Files are temporary files, each next to the path that it will replace.
type Files map[string]*os.File

// Create creates a temporary file for each path that is not empty.
func Create(paths ...string) (Files, error) {
	out := make(Files)
	named := make(map[string]bool)
	for _, p := range paths {
		if p == "" {
			continue
		}
		place := placeOf(p)
		if named[place] {
			out.Discard()
			return nil, usage.Errorf("%s is given twice as an output file", p)
		}
		if info, err := os.Lstat(p); err == nil && !info.Mode().IsRegular() {
			out.Discard()
			return nil, &reference.OutputError{Path: p, Cause: errors.New("exists and is not a regular file")}
		}
		f, err := createTemp(p)
		if err != nil {
			out.Discard()
			return nil, &reference.OutputError{Path: p, Cause: err}
		}
		out[p], named[place] = f, true
	}
	return out, nil
}

// createTemp creates a new file next to a path, with the permissions of the umask.
func createTemp(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-"+rand.Text())
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// placeOf is the absolute path of a file.
func placeOf(path string) string {
	if place, err := filepath.Abs(path); err == nil {
		return place
	}
	return filepath.Clean(path)
}

// CheckImages refuses output files that are images of the run too: one would be lost.
func CheckImages(paths []string, images ...reference.Ref) error {
	for _, p := range paths {
		for _, image := range images {
			if p != "" && image.Path() != "" && placeOf(p) == placeOf(image.Path()) {
				return usage.Errorf("%s is an output file and the image %s", p, image)
			}
		}
	}
	return nil
}

// Write replaces the file at path, whole or not at all.
func (o Files) Write(path string, data []byte) error {
	return o.writeWith(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeWith replaces the file at path by the output of write, whole or not at all.
func (o Files) writeWith(path string, write func(io.Writer) error) error {
	f := o[path]
	if f == nil {
		return nil
	}
	err := write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return &reference.OutputError{Path: path, Cause: err}
	}
	delete(o, path)
	return nil
}

// WriteEach replaces the file at path by the content of the only platform. If there are
// several, each gets a file with the platform in its name before the ending:
// app.linux-arm64.spdx.json.
func (o Files) WriteEach(path, ending string, byPlatform map[string][]byte) error {
	if path == "" {
		return nil
	}
	for _, platform := range slices.Sorted(maps.Keys(byPlatform)) {
		name := path
		if len(byPlatform) > 1 {
			name = strings.TrimSuffix(path, ending) + "." + nameOf(platform) + ending
			platformFile, err := Create(name)
			if err != nil {
				return err
			}
			maps.Copy(o, platformFile) // Discard removes it if the write fails
		}
		if err := o.Write(name, byPlatform[platform]); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is a platform as part of a file name. It is untrusted: the image has it.
func nameOf(platform string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, platform)
}

// Discard removes the temporary files that were not written, as far as possible.
func (o Files) Discard() {
	for _, f := range o {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
}
