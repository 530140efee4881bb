package extract_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// withTables gives a scene its layers, each with a blob large enough to be reused.
func withTables(t *testing.T, in *selection.Image, base *selection.Base, slim []lt.Entry, steps ...step) {
	t.Helper()
	base.Tables = []*layers.Table{capturedTable(t, slim...)}
	in.Blobs, in.Tables = []v1.Descriptor{{}}, []*layers.Table{nil}
	for _, s := range steps {
		in.Blobs = append(in.Blobs, v1.Descriptor{MediaType: types.OCILayer, Size: 10 << 20})
		in.Tables = append(in.Tables, capturedTable(t, s.entries...))
	}
}

// pyc is bytecode with flags of PEP 552, for a source of a time and a size.
func pyc(name string, flags, mtime, size uint32) lt.Entry {
	head := []byte("\x61\x0d\x0d\x0a")
	for _, v := range []uint32{flags, mtime, size} {
		head = binary.LittleEndian.AppendUint32(head, v)
	}
	return lt.File(name, string(head)+"code")
}

func TestReuse(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("x = 1\n", 1000)
	flask := []lt.Entry{
		lt.Dir("usr"), lt.Dir("usr/local"), lt.Dir("usr/local/lib"), lt.Dir("usr/local/lib/python3.9"), lt.Dir(site), lt.Dir(site + "/flask"),
		lt.File(site+"/flask/__init__.py", content), lt.Dir(site + "/flask-2.dist-info"),
		lt.File(site+"/flask-2.dist-info/RECORD", "flask/__init__.py,,\nflask-2.dist-info/RECORD,,\n"),
	}
	cache := "usr/local/lib/python3.9/__pycache__"
	osTime := uint32(lt.File("x", "").ModTime.Unix())
	with := func(more ...lt.Entry) []lt.Entry { return append(slices.Clone(flask), more...) }
	for _, c := range []struct {
		name  string
		steps []step
		want  []int
	}{
		{"a clean layer", []step{run("pip install flask", flask...)}, []int{1}},
		{"caches in it", []step{run("pip install flask", with(lt.File("tmp/x", "1"), lt.File("var/log/apt/x", ""))...)}, []int{1}},
		{"too many caches", []step{run("pip install flask", with(lt.File("tmp/x", content))...)}, nil},
		{"bytecode of another build's source", []step{run("pip install flask", with(pyc(cache+"/os.cpython-39.pyc", 0, 7, 7))...)}, []int{1}},
		{"bytecode that says it is the base's", []step{run("pip install flask", with(pyc(cache+"/os.cpython-39.pyc", 0, osTime, 4))...)}, nil},
		{"bytecode that nobody checks", []step{run("pip install flask", with(pyc(cache+"/os.cpython-39.pyc", 1, 0, 0))...)}, nil},
		{"bytecode checked by hash", []step{run("pip install flask", with(pyc(cache+"/os.cpython-39.pyc", 3, 0, 0))...)}, []int{1}},
		{"a dropped file of another rule", []step{run("apt", with(lt.File("usr/share/man/x", "1"), lt.File("var/lib/dpkg/info/x-doc.list", "/usr/share/man/x\n"))...)}, nil},
		{"dpkg's database", []step{run("apt", with(lt.File("var/lib/dpkg/status", "Package: x\n"))...)}, nil},
		{"an account", []step{run("useradd", with(lt.File("etc/passwd", "app:x:1:1::/:/bin/sh\n"))...)}, nil},
		{"a whiteout of the base's file", []step{run("rm", with(lt.Whiteout("etc/libc.conf"))...)}, []int{1}},
		{"a whiteout of the base's file, which comes back", []step{run("rm", with(lt.Whiteout("etc/libc.conf"))...), cp(". .", lt.File("etc/libc.conf", ""))}, []int{2}},
		{"a whiteout of what the base lacks", []step{run("rm", with(lt.Whiteout("etc/fat.conf"))...)}, []int{1}},
		{"an opaque directory of the base", []step{run("rm", with(lt.Opaque("var/lib/dpkg"))...)}, nil},
		{"a directory of the base with another mode", []step{run("chmod", with(lt.Dir("root").Chmod(0o755))...)}, []int{1}},
		{"a path through a link of the base", []step{run("cp", with(lt.File("lib/x.txt", "1"))...)}, nil},
		{"a file of the base that is changed and changed back", []step{
			run("pip install flask", with(lt.File("etc/libc.conf", "1"))...), run("useradd", lt.File("etc/libc.conf", ""), lt.File("etc/passwd", "app:x:1:1::/:/bin/sh\n")),
		}, nil},
		{"a hard link to another layer's file", []step{
			run("useradd", lt.File("srv/a", "1"), lt.File("etc/passwd", "app:x:1:1::/:/bin/sh\n")), run("pip install flask", with(lt.Hardlink("srv/b", "srv/a"))...),
		}, nil},
		{"a device", []step{run("mknod", with(lt.Special("dev/null", '3'))...)}, nil},
		{"a file that is deleted later", []step{
			run("pip install flask", with(lt.File("srv/token", "1"))...), run("rm", lt.Whiteout("srv/token"), lt.File("etc/passwd", "app:x:1:1::/:/bin/sh\n")),
		}, nil},
		{"a file that is deleted in a layer used too", []step{
			run("pip install flask", with(lt.File("srv/token", "1"))...), cp(". /app", lt.Whiteout("srv/token"), lt.File("app/a.py", content)),
		}, []int{1, 2}},
		{"a small file that is written again", []step{
			run("pip install flask", with(lt.File("srv/data", "1"))...), run("useradd", lt.File("srv/data", "2"), lt.File("etc/passwd", "app:x:1:1::/:/bin/sh\n")),
		}, []int{1}},
		{"a large file that is written again", []step{
			run("pip install flask", with(lt.File("srv/data", content))...), run("useradd", lt.File("srv/data", "2"), lt.File("etc/passwd", "app:x:1:1::/:/bin/sh\n")),
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			slim := slimBase()
			in, base := capturedScene(t, v1.Config{WorkingDir: "/app"}, slim, nil, c.steps...)
			withTables(t, in, base, slim, c.steps...)
			sel, err := extract.Select(t.Context(), in, base, selection.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(sel.Reused, c.want) {
				t.Errorf("layers %v are reused, want %v", sel.Reused, c.want)
			}
			if got := len(plan.New(sel, base).Reused); got != len(c.want) {
				t.Errorf("the plan has %d reused layers", got)
			}
		})
	}
}

// Whatever a layer holds: with reused layers the result shows the same as when all is
// written, and nothing more than what is marked as waste.
func TestReuseShowsTheSame(t *testing.T) {
	t.Parallel()
	used := 0
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		steps := randomSteps(rnd)
		slim := slimBase(lt.File("srv/a/1", "base"), lt.Dir("srv/b").Chmod(0o700))
		in, base := capturedScene(t, v1.Config{WorkingDir: "/app"}, slim, nil, steps...)
		plain, err := extract.Select(t.Context(), in, base, selection.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := visible(t, in, base, slim, plan.New(plain, base))
		withTables(t, in, base, slim, steps...)
		sel, err := extract.Select(t.Context(), in, base, selection.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := visible(t, in, base, slim, plan.New(sel, base))
		for _, it := range sel.Items {
			if it.Reason.Rule.Name != "reused-layer" {
				continue
			}
			if want[it.Path] != "" {
				t.Errorf("seed %d: %s is reported as unused and kept", seed, it.Path)
			}
			delete(got, it.Path)
		}
		if len(sel.Reused) > 0 {
			used++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, layers %v (-written +reused):\n%s", seed, sel.Reused, diff)
		}
	}
	if used < 50 {
		t.Errorf("only %d of the images had a layer to reuse", used)
	}
}

// randomSteps makes layers that add, overwrite, delete and change owners in a few
// places.
func randomSteps(rnd *rand.Rand) []step {
	places := []string{"app", "srv/a", "srv/b", site + "/m", "opt/x", "tmp", "etc"}
	var steps []step
	for range 1 + rnd.IntN(4) {
		var entries []lt.Entry
		seen := make(map[string]bool)
		for i := range 3 + rnd.IntN(12) {
			dir := places[rnd.IntN(len(places))]
			name := fmt.Sprintf("%s/%d", dir, rnd.IntN(5))
			if seen[name] {
				continue
			}
			seen[name] = true
			switch rnd.IntN(14) {
			case 0:
				entries = append(entries, lt.Whiteout(name))
			case 1:
				if !seen[dir] {
					seen[dir] = true
					entries = append(entries, lt.Dir(dir).Chown(rnd.IntN(2), 0))
				}
			case 2:
				entries = append(entries, lt.Dir(name).Chmod(0o700))
			case 3:
				entries = append(entries, lt.Symlink(name, fmt.Sprint(rnd.IntN(5))))
			case 4:
				if !seen["srv/a/1"] && dir == "srv/a" {
					seen["srv/a/1"] = true
					entries = append(entries, lt.File("srv/a/1", "base")) // as the base has it
				}
			default:
				size := 500
				if dir == "tmp" {
					size = 5
				}
				entries = append(entries, lt.File(name, strings.Repeat(fmt.Sprint(i%3), size)).MTime(rnd.IntN(2)))
			}
		}
		steps = append(steps, cp(". .", entries...))
	}
	return steps
}

// visible renders what the planned layers show over the base: each path with its
// attributes. Directories that are the waste's alone are left out.
func visible(t *testing.T, in *selection.Image, base *selection.Base, slim []lt.Entry, plan *plan.Plan) map[string]string {
	t.Helper()
	tree := layers.NewTree()
	if err := tree.Apply(0, lt.Table(slim...)); err != nil {
		t.Fatal(err)
	}
	for _, i := range plan.Reused {
		if err := tree.Apply(i, in.Tables[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, l := range plan.Layers {
		table := &layers.Table{}
		for _, w := range l.Writes {
			e := w.Entry
			if dir, name, ok := strings.Cut(e.Name, ".wh."); ok {
				e = layers.Entry{Name: dir + name, Kind: layers.Whiteout}
			}
			table.Entries = append(table.Entries, e)
		}
		if err := tree.Apply(len(in.Tables)+i, table); err != nil {
			t.Fatal(err)
		}
	}
	out := make(map[string]string)
	tree.Walk(func(n *layers.Node) bool {
		if _, err := base.Tree.Lookup(n.Path()); err != nil && wasteDir(n) {
			return false
		}
		out[n.Path()] = fmt.Sprintf("%s %o %d:%d %q %x", n.Kind, n.Mode, n.UID, n.GID, n.Link, n.Digest[:4])
		if n.Kind == layers.File {
			out[n.Path()] += fmt.Sprint(" ", n.ModTime)
		}
		return true
	})
	return out
}

// wasteDir reports an ordinary directory that holds nothing but such.
func wasteDir(n *layers.Node) bool {
	if n.Kind != layers.Dir || n.Mode != 0o755 || n.UID != 0 {
		return false
	}
	return !slices.ContainsFunc(n.Children(), func(c *layers.Node) bool { return !wasteDir(c) })
}
