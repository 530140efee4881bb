package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// copyModule copies what the tests of some packages need of this module into a directory:
// a module whose only tests are those.
func copyModule(dir, tests string) error {
	tested, err := list(tests)
	if err != nil {
		return err
	}
	needed, err := list("-deps", "-test", tests)
	if err != nil {
		return err
	}
	own := make(map[string]bool)
	for _, folder := range tested {
		own[folder] = true
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := copyFile(file, filepath.Join(dir, file)); err != nil {
			return err
		}
	}
	for _, folder := range needed {
		if err := copyPackage(folder, filepath.Join(dir, folder), own[folder]); err != nil {
			return err
		}
	}
	return nil
}

// list returns the directories of packages of this module, relative to its root.
func list(args ...string) ([]string, error) {
	out, err := exec.Command("go", append([]string{"list", "-json=Dir,Module"}, args...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var dirs []string
	seen := make(map[string]bool)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir    string
			Module struct {
				Dir  string
				Main bool
			}
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return dirs, nil
		} else if err != nil {
			return nil, err
		}
		dir, err := filepath.Rel(p.Module.Dir, p.Dir)
		if !p.Module.Main || err != nil || seen[dir] {
			continue
		}
		seen[dir] = true
		dirs = append(dirs, dir)
	}
}

// copyPackage copies the files of a package and its testdata.
func copyPackage(from, to string, tests bool) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case e.IsDir() && name == "testdata" && tests:
			err = os.CopyFS(filepath.Join(to, name), os.DirFS(filepath.Join(from, name)))
		case e.IsDir(), !tests && strings.HasSuffix(name, "_test.go"):
		default:
			err = copyFile(filepath.Join(from, name), filepath.Join(to, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
