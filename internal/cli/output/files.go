// Package output writes the files that a command leaves besides the image, each whole or
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

// Files are temporary files beside the paths that they will replace.
type Files map[string]*os.File

// Create opens a temporary file for each path that is not empty.
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
			return nil, usage.Errorf("%s is named twice as a file to write", p)
		}
		if info, err := os.Lstat(p); err == nil && !info.Mode().IsRegular() {
			out.Discard()
			return nil, &reference.OutputError{Path: p, Cause: errors.New("it exists and is no regular file")}
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

// createTemp opens a new file beside a path. Who may read it is the umask's matter.
func createTemp(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-"+rand.Text())
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// placeOf is a path that is the same however the file is spelt.
func placeOf(path string) string {
	if place, err := filepath.Abs(path); err == nil {
		return place
	}
	return filepath.Clean(path)
}

// CheckImages refuses files to write that are images: both would be written, and one lost.
func CheckImages(paths []string, images ...reference.Ref) error {
	for _, p := range paths {
		for _, image := range images {
			if p != "" && image.Path() != "" && placeOf(p) == placeOf(image.Path()) {
				return usage.Errorf("%s is a file to write, and the image %s", p, image)
			}
		}
	}
	return nil
}

// Write replaces the file at that path, whole or not at all.
func (o Files) Write(path string, data []byte) error {
	return o.writeWith(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeWith replaces the file at that path by what write gives, whole or not at all.
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

// WriteEach replaces the file at that path by the content of the only platform. Of
// several platforms each has a file of its own, with the platform in its name before
// the ending: app.linux-arm64.spdx.json.
func (o Files) WriteEach(path, ending string, byPlatform map[string][]byte) error {
	if path == "" {
		return nil
	}
	for _, platform := range slices.Sorted(maps.Keys(byPlatform)) {
		name := path
		if len(byPlatform) > 1 {
			name = strings.TrimSuffix(path, ending) + "." + nameOf(platform) + ending
			more, err := Create(name)
			if err != nil {
				return err
			}
			maps.Copy(o, more) // discard removes it should the write fail
		}
		if err := o.Write(name, byPlatform[platform]); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is a platform as a part of a file's name. It comes from the image.
func nameOf(platform string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, platform)
}

// Discard removes what was not written, as far as it can.
func (o Files) Discard() {
	for _, f := range o {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
}
