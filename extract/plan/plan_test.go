package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		base   []lt.Entry
		layers [][]lt.Entry
		marks  []string
		want   []string
	}{
		{name: "nothing", want: nil},
		{
			name:   "in the order of FAT's layers",
			layers: [][]lt.Entry{{lt.File("b", ""), lt.File("a", "")}, {lt.File("d", ""), lt.Symlink("c", "a"), lt.Hardlink("0", "d")}},
			want: []string{
				"system: 5 files", "  file b @0.0", "  file a @0.1", "  file 0 @1.0", "  hard link d -> 0", "  symlink c -> a @1.1",
			},
		},
		{
			name:   "only what is kept",
			layers: [][]lt.Entry{{lt.File("a", ""), lt.File("b", ""), lt.File("c", ""), lt.File("d", ""), lt.Special("e", '6')}},
			marks:  []string{"dropped: a", "in base: b", "application: d"},
			want:   []string{"system: 2 files", "  file c @0.2", "  fifo e @0.4", "application files", "  file d @0.3"},
		},
		{
			name:   "a file's second name in another layer is a file",
			layers: [][]lt.Entry{{lt.File("a", ""), lt.Hardlink("b", "a"), lt.Hardlink("c", "a")}},
			marks:  []string{"application: b c"},
			want:   []string{"system: 1 file", "  file a @0.0", "application files", "  file b @0.0", "  hard link c -> b"},
		},
		{
			name:   "directories above, as FAT has them, in each layer that holds something of them",
			layers: [][]lt.Entry{{lt.Dir("home"), lt.Dir("home/app").Chown(7, 8), lt.File("home/app/a", ""), lt.Dir("home/app/d").Chmod(0o700), lt.File("home/app/d/b", "")}},
			marks:  []string{"application: home/app/d/b", "dependencies: home/app/d"},
			want: []string{
				"system: 1 file", "  directory home 755 0:0", "  directory home/app 755 7:8", "  file home/app/a @0.2",
				"dependencies: 0 distributions ()", "  directory home/app 755 7:8", "  directory home/app/d 700 0:0",
				"application files", "  directory home/app 755 7:8", "  directory home/app/d 700 0:0", "  file home/app/d/b @0.4",
			},
		},
		{
			name:   "a directory that stands behind what it holds",
			layers: [][]lt.Entry{{lt.File("d/a", ""), lt.File("d/b", ""), lt.Dir("d").Chmod(0o750)}},
			want:   []string{"system: 2 files", "  directory d 750 0:0", "  file d/a @0.0", "  file d/b @0.1"},
		},
		{
			name:   "directories above that are not kept themselves",
			layers: [][]lt.Entry{{lt.Dir("p").Chown(7, 7), lt.Dir("p/q").Chmod(0o711), lt.File("p/q/f", "")}},
			marks:  []string{"dropped: p p/q"},
			want:   []string{"system: 1 file", "  directory p 755 7:7", "  directory p/q 711 0:0", "  file p/q/f @0.2"},
		},
		{
			name:   "a directory of which FAT has no header is the base's",
			base:   []lt.Entry{lt.Dir("root").Chmod(0o700), lt.File("file", ""), lt.Dir("etc")},
			layers: [][]lt.Entry{{lt.File("root/a", ""), lt.File("etc/a", ""), lt.File("new/a", ""), lt.File("file/a", "")}},
			want: []string{
				"system: 4 files", "  directory root 700 0:0", "  file root/a @0.0", "  file etc/a @0.1",
				"  directory new 755 0:0", "  file new/a @0.2", "  directory file 755 0:0", "  file file/a @0.3",
			},
		},
		{
			name:   "an ordinary directory that the base has too",
			base:   []lt.Entry{lt.Dir("etc"), lt.Dir("srv").Chmod(0o700), lt.Dir("opt").Chown(7, 7)},
			layers: [][]lt.Entry{{lt.Dir("etc"), lt.Dir("srv"), lt.Dir("opt").Chown(7, 7), lt.File("etc/a", ""), lt.File("srv/a", ""), lt.File("opt/a", "")}},
			marks:  []string{"application: opt/a srv/a etc/a"},
			want: []string{
				"system: 0 files", "  directory srv 755 0:0", "  directory opt 755 7:7",
				"application files", "  file etc/a @0.3", "  file srv/a @0.4", "  directory opt 755 7:7", "  file opt/a @0.5",
			},
		},
		{
			name:   "a directory of a lower layer's plan, though FAT has another",
			layers: [][]lt.Entry{{lt.Dir("d").Chown(7, 7), lt.File("d/a", ""), lt.File("e", "")}},
			marks:  []string{"to d/e: e", "application: d/a", "dropped: d"},
			want: []string{
				"system: 1 file", "  directory d 755 0:0", "  file d/e @0.2", "application files", "  file d/a @0.1",
			},
		},
		{
			name:   "merged /usr",
			base:   []lt.Entry{lt.Symlink("bin", "usr/bin"), lt.Symlink("lib", "/usr/lib"), lt.Dir("usr/bin"), lt.Dir("usr/lib"), lt.Symlink("dangling", "nowhere"), lt.Symlink("to-file", "file"), lt.File("file", ""), lt.Dir("sbin"), lt.Symlink("lib64", "usr/lib")},
			layers: [][]lt.Entry{{lt.Dir("bin").Chmod(0o700), lt.File("bin/a", ""), lt.Dir("lib"), lt.Dir("lib/d").Chmod(0o750), lt.File("lib/d/a", ""), lt.Dir("dangling"), lt.File("dangling/a", ""), lt.Dir("to-file"), lt.File("to-file/a", ""), lt.File("sbin/a", ""), lt.File("lib64", "")}},
			want: []string{
				"system: 6 files", "  directory usr/bin 700 0:0", "  file usr/bin/a @0.1", "  directory usr/lib/d 750 0:0", "  file usr/lib/d/a @0.4",
				"  directory dangling 755 0:0", "  file dangling/a @0.6", "  directory to-file 755 0:0", "  file to-file/a @0.8", "  file sbin/a @0.9", "  file lib64 @0.10",
			},
		},
		{
			name:   "another place",
			base:   []lt.Entry{lt.Dir("usr"), lt.Dir("usr/d").Chmod(0o711), lt.Symlink("bin", "usr/bin"), lt.Dir("usr/bin")},
			layers: [][]lt.Entry{{lt.Dir("d").Chmod(0o700), lt.File("d/a", ""), lt.File("bin/b", "")}},
			marks:  []string{"to usr/d/a: d/a", "to bin2/b: bin/b", "dropped: d"},
			want:   []string{"system: 2 files", "  directory usr/d 711 0:0", "  file usr/d/a @0.1", "  directory bin2 755 0:0", "  file bin2/b @0.2"},
		},
		{
			name:   "a directory in the place of a file",
			layers: [][]lt.Entry{{lt.File("a", ""), lt.File("b", "")}},
			marks:  []string{"to a/b: b"},
			want:   []string{"system: 2 files", "  file a @0.0", "  directory a 755 0:0", "  file a/b @0.1"},
		},
	} {
		s := newState(t, c.base, 0, c.layers, c.marks...)
		check(t, c.name, c.want, list(plan.New(s.Selection, s.Base)))
	}
}

// Whiteouts stand in the layer of the dependencies, which may gain what they hide.
func TestWhiteouts(t *testing.T) {
	t.Parallel()
	s := newState(t, []lt.Entry{lt.Dir("root").Chmod(0o700), lt.File("root/gone", ""), lt.File("gone", "")}, 0, [][]lt.Entry{{lt.File("a", "")}}, "dependencies: a")
	s.Selection.Removals = []selection.Removal{{Path: "root/gone"}, {Path: "gone"}}
	s.Selection.Distributions = []selection.Distribution{{Name: "flask", Version: "2.3"}, {Name: "x"}}
	check(t, "removals", []string{
		"dependencies: 2 distributions (flask==2.3, x)", "  directory root 700 0:0", "  file root/.wh.gone", "  file .wh.gone", "  file a @0.0",
	}, list(plan.New(s.Selection, s.Base)))
}

// What is made here stands before what FAT has, and replaces it.
func TestGenerated(t *testing.T) {
	t.Parallel()
	s := newState(t, nil, 0, [][]lt.Entry{{lt.Dir("etc").Chmod(0o711), lt.File("etc/passwd", "fat"), lt.File("a", "")}})
	etc, err := s.Upper().Lookup("etc")
	if err != nil {
		t.Fatal(err)
	}
	s.Selection.Generated = []selection.Generated{
		{Entry: layers.Entry{Name: "etc/passwd"}, Content: []byte("made"), In: etc},
		{Entry: layers.Entry{Name: "var/d", Kind: layers.Dir, Mode: 0o750}},
		{Entry: layers.Entry{Name: "var/d/f"}, Content: []byte("in it")},
		{Entry: layers.Entry{Name: "app/x"}, Content: []byte("app"), Part: selection.Application},
	}
	p := plan.New(s.Selection, s.Base)
	check(t, "plan", []string{
		"system: 2 files", "  directory etc 711 0:0", `  file etc/passwd "made"`, "  directory var 755 0:0", "  directory var/d 750 0:0", `  file var/d/f "in it"`, "  file a @0.2",
		"application files", "  directory app 755 0:0", `  file app/x "app"`,
	}, list(p))
	if p.Expected["etc/passwd"] != &s.Selection.Generated[0].Entry || p.Expected["var/d"].Mode != 0o750 {
		t.Errorf("expected are %v", p.Expected)
	}
}

// The plan says what the image must show: what is written, what the base has, and no
// directory that it shows so without a header.
func TestExpected(t *testing.T) {
	t.Parallel()
	s := newState(t, []lt.Entry{lt.Dir("etc"), lt.Dir("srv"), lt.File("etc/base", "")}, 0, [][]lt.Entry{{
		lt.Dir("etc"), lt.File("etc/base", ""), lt.File("etc/own", "own"), lt.File("etc/left", ""), lt.Dir("srv").Chmod(0o700), lt.File("new/f", ""), lt.File("moved", ""),
	}}, "in base: etc/base", "dropped: etc/left", "to usr/moved: moved")
	p := plan.New(s.Selection, s.Base)
	var got []string
	for name, e := range p.Expected {
		got = append(got, name+" "+e.Kind.String())
	}
	slices.Sort(got)
	check(t, "expected", []string{
		"etc directory", "etc/base file", "etc/own file", "new directory", "new/f file", "srv directory", "usr directory", "usr/moved file",
	}, got)
	if p.Expected["srv"].Mode != 0o700 || string(p.Expected["etc/own"].Evidence) != "own" {
		t.Errorf("expected are %v", p.Expected)
	}
}

// What a layer shows that is used whole is not written again.
func TestNewOverReused(t *testing.T) {
	t.Parallel()
	base := []lt.Entry{lt.Dir("etc"), lt.File("etc/base", ""), lt.File("etc/moved", "")}
	s := newState(t, base, 0, [][]lt.Entry{
		{lt.Dir("srv").Chown(7, 7), lt.File("srv/a", ""), lt.File("srv/changed", "1"), lt.Dir("plain")},
		{lt.File("srv/b", ""), lt.File("srv/changed", "2"), lt.File("plain/f", ""), lt.File("moved", "")},
	}, "to etc/moved: moved", "application: srv/b plain/f")
	below := lt.Tree(0, base)
	if err := below.Apply(1, s.Tables[0]); err != nil {
		t.Fatal(err)
	}
	s.Selection.Reuse([]int{0}, nil, func() *layers.Tree { return below })
	p := plan.New(s.Selection, s.Base)
	check(t, "plan", []string{
		"layer 0 as it is",
		"system: 3 files", "  directory srv 755 7:7", "  file srv/changed @1.1", "  file etc/moved @1.3",
		"application files", "  directory srv 755 7:7", "  file srv/b @1.0", "  file plain/f @1.2",
	}, list(p))
	for _, name := range []string{"srv/a", "srv", "plain"} {
		if p.Expected[name] == nil {
			t.Errorf("%s is not expected", name)
		}
	}
}

// What is planned has no evidence, and a file's second name neither content nor
// attributes of its own.
func TestWrites(t *testing.T) {
	t.Parallel()
	s := newState(t, nil, 0, [][]lt.Entry{{lt.Dir("d"), lt.File("d/a", "content").Xattr("user.x", "1"), lt.Hardlink("d/b", "d/a")}})
	writes := plan.New(s.Selection, s.Base).Layers[0].Writes
	for _, w := range writes {
		if w.Entry.Evidence != nil {
			t.Errorf("%s has evidence", w.Entry.Name)
		}
	}
	file, link := writes[1].Entry, writes[2].Entry
	if file.Size != 7 || len(file.Xattrs) != 1 || link.Size != 0 || link.Xattrs != nil || writes[2].Pos.Layer != -1 || writes[0].Pos.Layer != -1 {
		t.Errorf("%+v", writes)
	}
	if e := s.Selection.Items[1].Entry; e.Evidence == nil || e.Name != "d/a" {
		t.Errorf("FAT's entry was changed: %+v", e)
	}
	if got := strings.Join(list(plan.New(s.Selection, s.Base)), "\n"); !strings.Contains(got, "hard link d/b -> d/a") {
		t.Error(got)
	}
}
