package unpack_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/unpack"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// unpackTars merges layers and unpacks them into a directory next to a file
// that must not change. It returns the directory.
func unpackTars(t *testing.T, tars ...[]byte) (string, error) {
	t.Helper()
	tree := layers.NewTree()
	for i, raw := range tars {
		table, err := layers.Index(bytes.NewReader(raw), nil, layers.DefaultLimits())
		if err != nil {
			return "", err
		}
		if err := tree.Apply(i, table); err != nil {
			return "", err
		}
	}
	outer := t.TempDir()
	dir := filepath.Join(outer, "root")
	for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(outer, "host"), []byte("host"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = unpack.Tree(t.Context(), root, tree, unpack.Owner{UID: -1, GID: -1}, func(layer int) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(tars[layer])), nil
	})
	left, _ := os.ReadDir(outer)
	host, _ := os.ReadFile(filepath.Join(outer, "host"))
	if len(left) != 2 || string(host) != "host" {
		t.Errorf("the directory was left: %v, the file beside it holds %q", left, host)
	}
	return dir, err
}

// list renders a directory as one line per path.
func list(t *testing.T, dir string) []string {
	t.Helper()
	out := []string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%v %s", info.Mode(), name)
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += ": " + string(content)
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line = name + " -> " + to
		}
		out = append(out, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type listing = []lt.Entry

func TestTree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		layers []listing
		want   []string
	}{
		{"what the layers show together",
			[]listing{{lt.Dir("a"), lt.File("a/x", "1"), lt.File("a/y", "2"), lt.File("gone", "3")}, {lt.File("a/x", "4"), lt.Whiteout("gone")}},
			[]string{"drwxr-xr-x a", "-rw-r--r-- a/x: 4", "-rw-r--r-- a/y: 2"}},
		{"links that lead out are links, and nothing goes through them",
			[]listing{{lt.Symlink("up", ".."), lt.Symlink("host", "../host"), lt.Symlink("etc", "/etc")}},
			[]string{"etc -> /etc", "host -> ../host", "up -> .."}},
		{"a file below a link that leads out lands in the image's own root",
			[]listing{{lt.Symlink("up", "../.."), lt.File("up/host", "evil")}, {lt.Symlink("abs", "/"), lt.File("abs/abs/x", "evil")}},
			[]string{"abs -> /", "-rw-r--r-- host: evil", "up -> ../..", "-rw-r--r-- x: evil"}},
		{"a link of a later layer in the place of a directory",
			[]listing{{lt.Dir("d"), lt.File("d/host", "lower")}, {lt.Symlink("d", ".."), lt.File("d/y", "upper")}},
			[]string{"d -> ..", "-rw-r--r-- y: upper"}},
		{"a file over a directory and a directory over a file",
			[]listing{{lt.Dir("a"), lt.File("a/x", "1"), lt.File("b", "2")}, {lt.File("a", "3"), lt.Dir("b"), lt.File("b/x", "4")}},
			[]string{"-rw-r--r-- a: 3", "drwxr-xr-x b", "-rw-r--r-- b/x: 4"}},
		{"hard links, also to what a later layer removed",
			[]listing{{lt.File("first", "1"), lt.Hardlink("second", "first"), lt.Hardlink("third", "first")}, {lt.Whiteout("first")}},
			[]string{"-rw-r--r-- second: 1", "-rw-r--r-- third: 1"}},
		{"a hard link to a symlink",
			[]listing{{lt.Symlink("a", "../host"), lt.Hardlink("b", "a")}},
			[]string{"a -> ../host", "b -> ../host"}},
		{"devices and fifos are left out",
			[]listing{{lt.Special("null", tar.TypeChar), lt.Special("pipe", tar.TypeFifo), lt.File("x", "1")}},
			[]string{"-rw-r--r-- x: 1"}},
		{"setuid and setgid are dropped, the sticky bit stays",
			[]listing{{lt.File("su", "1").Chmod(0o6755), lt.Dir("tmp").Chmod(0o1777)}},
			[]string{"-rwxr-xr-x su: 1", "dtrwxrwxrwx tmp"}},
		{"the owner gets what anybody had",
			[]listing{{lt.Dir("d").Chmod(0), lt.File("d/x", "1").Chmod(0o005), lt.File("none", "2").Chmod(0), lt.File("ro", "3").Chmod(0o444)}},
			[]string{"drwx------ d", "-rwx---r-x d/x: 1", "-rw------- none: 2", "-rw-r--r-- ro: 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tars [][]byte
			for _, l := range c.layers {
				tars = append(tars, lt.Tar(l...))
			}
			dir, err := unpackTars(t, tars...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, list(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Bytecode is stale when its source has another time, and hard links are one
// file.
func TestTimesAndLinks(t *testing.T) {
	t.Parallel()
	dir, err := unpackTars(t, lt.Tar(lt.File("x.py", "1").MTime(90), lt.Hardlink("y.py", "x.py")))
	if err != nil {
		t.Fatal(err)
	}
	x, err := os.Stat(filepath.Join(dir, "x.py"))
	if err != nil {
		t.Fatal(err)
	}
	if want := lt.Epoch.Add(90 * time.Second); !x.ModTime().Equal(want) {
		t.Errorf("modification time is %v, want %v", x.ModTime(), want)
	}
	y, err := os.Stat(filepath.Join(dir, "y.py"))
	if err != nil || !os.SameFile(x, y) {
		t.Errorf("two names are two files (%v)", err)
	}
}

// A path that the host cannot hold is an error that names it.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	var bad *unpack.Error
	if _, err := unpackTars(t, lt.Tar(lt.File(strings.Repeat("x", 300), "1"))); !errors.As(err, &bad) || !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("error is %v, want one of a name that is too long", err)
	}
	// The host can hold a long path of short names.
	deep := strings.Repeat("directory/", 250) + "x"
	if _, err := unpackTars(t, lt.Tar(lt.File(deep, "1"))); err != nil {
		t.Error(err)
	}
}

// A layer whose content changed after indexing is not unpacked.
func TestChanged(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, listing{lt.File("x", "1"), lt.File("y", "2")})
	for _, c := range []struct {
		name string
		tar  []byte
		want error
	}{
		{"other content", lt.Tar(lt.File("x", "9"), lt.File("y", "2")), unpack.ErrChanged},
		{"too short", lt.Tar(lt.File("x", "1")), nil},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		err = unpack.Tree(t.Context(), root, tree, unpack.Owner{UID: -1, GID: -1}, func(int) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.tar)), nil })
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v", c.name, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	raw := lt.Tar(lt.File("x", "1"))
	err = unpack.Tree(ctx, root, lt.Tree(0, listing{lt.File("x", "1")}), unpack.Owner{UID: os.Geteuid(), GID: os.Getegid()}, func(int) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(raw)), nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// Directories without any permission are removed, too. Root may read them
// anyway, so the test means more as another user.
func TestRemove(t *testing.T) {
	t.Parallel()
	outer := t.TempDir()
	dir := filepath.Join(outer, "root")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "a/b"), 0o700), os.WriteFile(filepath.Join(dir, "a/b/x"), nil, 0),
		os.Symlink(outer, filepath.Join(dir, "out")), os.Chmod(filepath.Join(dir, "a/b"), 0), os.Chmod(filepath.Join(dir, "a"), 0o500), os.Chmod(dir, 0),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := unpack.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(outer); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

// Whatever two layers hold, unpacking writes only in its directory.
func FuzzTree(f *testing.F) {
	f.Add(lt.Tar(lt.Symlink("up", ".."), lt.File("up/host", "evil")), lt.Tar(lt.File("up", "x")))
	f.Add(lt.Tar(lt.Dir("a"), lt.Hardlink("b", "a/x"), lt.File("a/x", "1")), lt.Tar(lt.Symlink("a", "/etc"), lt.Hardlink("c", "b")))
	f.Add(lt.Tar(lt.File("../host", "1")), lt.Tar(lt.File("/a//./b", "1"), lt.Opaque("a")))
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		_, _ = unpackTars(t, lower, upper) // it checks the file next to the directory
	})
}
