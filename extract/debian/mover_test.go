package debian_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/extracttest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// tool is a package with one file.
func tool(more ...lt.Entry) []lt.Entry {
	return append([]lt.Entry{list("tool", "/usr/bin/tool"), lt.File("usr/bin/tool", "12345")}, more...)
}

// Which packages are moved for their own sake.
func TestRoots(t *testing.T) {
	t.Parallel()
	runScenarios(t, []scenario{
		{
			name: "what the user installed, not what came for others' sake or with the fat image",
			Images: extracttest.Images{Base: slim("libc6"), User: user(tool(append(files("usr/bin/auto", "usr/bin/fat"),
				status("libc6", "tool", "auto", "fat"), list("auto", "/usr/bin/auto"), list("fat", "/usr/bin/fat"), automatic("auto"))...)...)},
			fatBase: []string{"fat"},
			want: `
- usr/bin/auto: in Debian package auto, which nothing kept needs [auto.list]
- usr/bin/fat: in Debian package fat, which nothing kept needs [fat.list]
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 5 bytes: installed in a user layer`,
		},
		{
			name: "a record of apt's without a package, and one of a package that was asked for",
			Images: extracttest.Images{Base: slim(), User: user(tool(
				status("tool"), lt.File("var/lib/apt/extended_states", "Package: tool\nAuto-Installed: 0\n\nPackage: other\n Auto-Installed : 1\nAuto-Installed: 1\n"))...)},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 5 bytes: installed in a user layer`,
		},
		{
			name: "what serves building stays behind, even named",
			Images: extracttest.Images{Base: slim("libc6"), User: []extracttest.Layer{extracttest.Run("apt-get install gcc",
				append(files("usr/bin/gcc"), status("libc6", "gcc\nSection: devel"), list("gcc", "/usr/bin/gcc"))...)}},
			want: `
- usr/bin/gcc: in Debian package gcc, which nothing kept needs [gcc.list]`,
		},
		{
			name: "steps name what is cold",
			Images: extracttest.Images{
				Base: slim("libc6"), Cold: [][]lt.Entry{tool(append(files("usr/bin/other"), status("libc6", "tool", "other"), list("other", "/usr/bin/other"))...)},
				ColdStep: "RUN apt-get install other",
				User: []extracttest.Layer{
					{Step: "apt-get install other"},
					extracttest.Run("apt-get install tool"), extracttest.Run("apt-get -y install tool=1"), {Step: "COPY apt-get install other"},
					{Step: `RUN ["apt-get", "install", "other"]`}, extracttest.Run("apt-get install absent"),
				},
			},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: RUN apt-get install tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 5 bytes: RUN apt-get install tool`,
		},
		{
			name:   "a step that begins with a test",
			Images: extracttest.Images{Base: slim(), Cold: [][]lt.Entry{tool(status("tool"))}, User: []extracttest.Layer{extracttest.Run("[ -n x ] && apt-get install tool")}},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: RUN [ -n x ] && apt-get install tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 5 bytes: RUN [ -n x ] && apt-get install tool`,
		},
		{
			name: "--keep deb: with dependencies, --drop deb: against them",
			Images: extracttest.Images{
				Keep: []string{"/usr/bin/x", "deb:tool"}, Drop: []string{"/etc/x", "deb:gone", "deb:mine"}, Base: slim("libc6"),
				User: user(tool(append(files("usr/bin/dep", "usr/bin/gone", "usr/bin/mine"), status("libc6", "tool\nDepends: dep, gone", "dep", "gone", "mine"),
					list("dep", "/usr/bin/dep"), list("gone", "/usr/bin/gone"), list("mine", "/usr/bin/mine"), automatic("tool", "dep", "gone"))...)...),
			},
			want: `
+ usr/bin/dep: file of Debian package dep [dep.list]
- usr/bin/gone: in Debian package gone, which nothing kept needs [gone.list]
- usr/bin/mine: in Debian package mine, which nothing kept needs [mine.list]
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/dep.list: Debian package dep: Debian package tool depends on it [tool.list]
= var/lib/dpkg/status 644: libc6; dep;
= var/lib/dpkg/status.d/tool 644: "Package: tool\nDepends: dep, gone\nVersion: 1\n"
package tool 1? it needs gone; 1 files, 5 bytes: --keep deb:tool
package dep 1 1 files, 0 bytes: Debian package tool depends on it
warning dpkg: 1 Debian package (tool (it needs gone)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "--keep deb: is stronger than --drop deb:",
			Images: extracttest.Images{Keep: []string{"deb:tool"}, Drop: []string{"deb:tool"}, Base: slim(), User: user(tool(status("tool"))...)},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 5 bytes: --keep deb:tool`,
		},
		{
			name:   "--keep deb: of what the base has",
			Images: extracttest.Images{Keep: []string{"deb:libc6"}, Base: slim("libc6"), User: user(status("libc6"))},
		},
		{
			name:   "--keep deb: of nothing",
			Images: extracttest.Images{Keep: []string{"deb:absent"}, Base: slim("libc6"), User: user(status("libc6"))},
			err:    "--keep deb:absent matches nothing",
		},
		{
			name:   "--keep deb: of a package without a list",
			Images: extracttest.Images{Keep: []string{"deb:tool"}, Base: slim("libc6"), User: user(status("tool"))},
			err:    "--keep deb:tool matches nothing",
		},
		{
			name: "an owner of what is needed, a file without one, and packages that are not moved",
			Images: extracttest.Images{Base: slim("libc6"), Cold: [][]lt.Entry{tool(append(files("usr/bin/alone", "usr/lib/x.so", "usr/lib/libc.so", "usr/lib/unknown.so", "usr/bin/again", "usr/share/tool"),
				status("libc6", "tool", "x\nSection: libdevel"), list("x", "/usr/lib/x.so"), list("libc6", "/usr/lib/libc.so"), list("unknown", "/usr/lib/unknown.so"), list("tool", "/usr/bin/tool", "/usr/bin/again"))...)}},
			needs: []string{"usr/bin/alone", "usr/bin/tool", "usr/bin/again", "usr/lib/x.so", "usr/lib/libc.so", "usr/lib/unknown.so"},
			want: `
+ usr/bin/again: file of Debian package tool [tool.list]
+ usr/bin/alone: needed
+ usr/bin/tool: needed
+ usr/lib/libc.so: needed
+ usr/lib/unknown.so: needed
+ usr/lib/x.so: needed
+ var/lib/dpkg/info/tool.list: Debian package tool: owns tool [usr/bin/tool]
= var/lib/dpkg/status 644: libc6; tool;
= var/lib/dpkg/status.d/x 644: "Package: x\nSection: libdevel\nVersion: 1\n"
package tool 1 1 files, 0 bytes: owns tool`,
		},
		{
			name: "a package is dropped whose file is needed",
			Images: extracttest.Images{Drop: []string{"deb:tool"}, Base: slim(), User: user(append(files("usr/bin/again"),
				status("tool"), list("tool", "/usr/bin/tool", "/usr/bin/again"), lt.File("usr/bin/tool", ""))...)},
			needs: []string{"usr/bin/tool"},
			want: `
- usr/bin/again: in Debian package tool, which nothing kept needs [tool.list]
+ usr/bin/tool: needed
= var/lib/dpkg/status.d/tool 644: "Package: tool\nVersion: 1\n"`,
		},
	})
}

// What comes along with a package.
func TestDependencies(t *testing.T) {
	t.Parallel()
	all := files("usr/bin/pre", "usr/bin/dep", "usr/bin/rec", "usr/bin/dev", "usr/bin/sug")
	lists := []lt.Entry{list("pre", "/usr/bin/pre"), list("dep", "/usr/bin/dep"), list("rec", "/usr/bin/rec"), list("dev", "/usr/bin/dev"), list("sug", "/usr/bin/sug"), automatic("pre", "dep", "rec", "dev", "sug")}
	runScenarios(t, []scenario{
		{
			name: "dependencies and recommendations that FAT has, but for building",
			Images: extracttest.Images{Base: slim("libc6"), User: user(slices.Concat(all, lists, tool(
				status("libc6", "tool\nPre-Depends: pre, libc6\nDepends: none | dep\nRecommends: dev, absent, rec\nSuggests: sug", "pre", "dep", "rec", "dev\nSection: devel", "sug")))...)},
			want: `
+ usr/bin/dep: file of Debian package dep [dep.list]
- usr/bin/dev: in Debian package dev, which nothing kept needs [dev.list]
+ usr/bin/pre: file of Debian package pre [pre.list]
+ usr/bin/rec: file of Debian package rec [rec.list]
- usr/bin/sug: in Debian package sug, which nothing kept needs [sug.list]
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/dep.list: Debian package dep: Debian package tool depends on it [tool.list]
+ var/lib/dpkg/info/pre.list: Debian package pre: Debian package tool depends on it [tool.list]
+ var/lib/dpkg/info/rec.list: Debian package rec: Debian package tool recommends it [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool, Pre-Depends: pre, libc6, Depends: none | dep, Recommends: dev, absent, rec, Suggests: sug; pre; dep; rec;
package tool 1 1 files, 5 bytes: installed in a user layer
package pre 1 1 files, 0 bytes: Debian package tool depends on it
package dep 1 1 files, 0 bytes: Debian package tool depends on it
package rec 1 1 files, 0 bytes: Debian package tool recommends it`,
		},
		{
			name: "a dependency that serves building comes along",
			Images: extracttest.Images{Base: slim(), User: user(slices.Concat(all, lists, tool(
				status("tool\nDepends: dev", "dev\nSection: devel", "sug")))...)},
			want: `
- usr/bin/dep: in Debian package dep, which nothing kept needs [dep.list]
+ usr/bin/dev: file of Debian package dev [dev.list]
- usr/bin/pre: in Debian package pre, which nothing kept needs [pre.list]
- usr/bin/rec: in Debian package rec, which nothing kept needs [rec.list]
- usr/bin/sug: in Debian package sug, which nothing kept needs [sug.list]
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/dev.list: Debian package dev: Debian package tool depends on it [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool, Depends: dev; dev, Section: devel;
package tool 1 1 files, 5 bytes: installed in a user layer
package dev 1 1 files, 0 bytes: Debian package tool depends on it`,
		},
		{
			name: "a dependency that the base provides, and one on itself",
			Images: extracttest.Images{Base: slim("libc6\nProvides: dep"), User: user(slices.Concat(all, lists, tool(
				status("libc6", "tool\nDepends: dep, rec", "dep", "rec\nDepends: tool")))...)},
			want: `
- usr/bin/dep: in Debian package dep, which nothing kept needs [dep.list]
- usr/bin/dev: in Debian package dev, which nothing kept needs [dev.list]
- usr/bin/pre: in Debian package pre, which nothing kept needs [pre.list]
+ usr/bin/rec: file of Debian package rec [rec.list]
- usr/bin/sug: in Debian package sug, which nothing kept needs [sug.list]
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/rec.list: Debian package rec: Debian package tool depends on it [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6, Provides: dep; tool, Depends: dep, rec; rec, Depends: tool;
package tool 1 1 files, 5 bytes: installed in a user layer
package rec 1 1 files, 0 bytes: Debian package tool depends on it`,
		},
	})
}

// Which files of a package come along.
func TestPackageFiles(t *testing.T) {
	t.Parallel()
	runScenarios(t, []scenario{
		{
			name:   "two of different sizes",
			Images: extracttest.Images{Base: slim(), User: user(status("tool"), list("tool", "/usr/bin/x", "/usr/bin/y"), lt.File("usr/bin/x", "123"), lt.File("usr/bin/y", "1234"))},
			want: `
+ usr/bin/x: file of Debian package tool [tool.list]
+ usr/bin/y: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 2 files, 7 bytes: installed in a user layer`,
		},
		{
			name: "directories that the base lacks, links, and nothing that is not there",
			Images: extracttest.Images{Base: slim(), User: user(
				status("tool"), list("tool", "/.", "/usr", "/bin", "/lib", "/usr/share", "/usr/share/tool", "/bin/tool", "/usr/bin/link", "/usr/bin/absent"),
				lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("usr/share"), lt.Dir("usr/share/tool").Chmod(0o700), lt.File("usr/bin/tool", "123"), lt.Symlink("usr/bin/link", "tool"))},
			want: `
+ usr/bin/link: file of Debian package tool [tool.list]
+ usr/bin/tool: file of Debian package tool [tool.list]
+ usr/share/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 3 bytes: installed in a user layer`,
		},
		{
			name: "no documentation, as the base's dpkg leaves it out",
			Images: extracttest.Images{Base: slim(), User: user(tool(
				status("tool"), list("tool", "/usr/bin/tool", "/usr/share/doc/tool/README", "/usr/share/doc/tool/copyright", "/usr/share/doc/tool/absent", "/usr/share/doc/tool/mine"),
				lt.File("usr/share/doc/tool/README", ""), lt.File("usr/share/doc/tool/copyright", ""), lt.File("usr/share/doc/tool/mine", ""))...), Keep: []string{"/usr/share/doc/tool/mine"}},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
- usr/share/doc/tool/README: the base's dpkg leaves this file of Debian package tool out (path-exclude) [tool.list]
+ usr/share/doc/tool/copyright: file of Debian package tool [tool.list]
+ usr/share/doc/tool/mine: --keep /usr/share/doc/tool/mine
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 2 files, 5 bytes: installed in a user layer`,
		},
		{
			name: "dpkg.cfg has the last word",
			Images: extracttest.Images{Base: append(slim(), lt.File("etc/dpkg/dpkg.cfg", "path-include=/usr/share/doc/tool/*\n")), User: user(tool(
				status("tool"), list("tool", "/usr/bin/tool", "/usr/share/doc/tool/README"), lt.File("usr/share/doc/tool/README", ""))...)},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ usr/share/doc/tool/README: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 2 files, 5 bytes: installed in a user layer`,
		},
		{
			name: "what the user drops, and what was kept before",
			Images: extracttest.Images{Drop: []string{"/usr/bin/tool"}, Base: slim(), User: user(append(files("usr/bin/other"),
				status("tool"), list("tool", "/usr/bin/tool", "/usr/bin/other"), lt.File("usr/bin/tool", "12345"))...)},
			want: `
+ usr/bin/other: file of Debian package tool [tool.list]
- usr/bin/tool: --drop /usr/bin/tool
+ var/lib/dpkg/info/tool.list: Debian package tool: installed in a user layer
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name: "one that is as new as its list",
			Images: extracttest.Images{Base: slim(), Cold: [][]lt.Entry{
				files("usr/bin/old"), {list("tool", "/usr/bin/tool", "/usr/bin/old"), lt.File("usr/bin/tool", "")},
			}, Broken: map[int]bool{0: true}, User: []extracttest.Layer{extracttest.Run("apt install tool", status("tool"))}},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: RUN apt install tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: RUN apt install tool`,
		},
	})
}

// A layer that cannot be read ends the run, wherever it is read for.
func TestBrokenLayers(t *testing.T) {
	t.Parallel()
	broken := extracttest.Images{Keep: []string{"deb:tool"}, Base: slim(), Cold: [][]lt.Entry{nil}, Broken: map[int]bool{0: true}}
	with := func(change func(im *extracttest.Images)) scenario {
		im := broken
		change(&im)
		return scenario{Images: im, err: extracttest.ErrBroken.Error()}
	}
	scenarios := []scenario{
		with(func(*extracttest.Images) {}), // the database
		with(func(im *extracttest.Images) {
			im.Keep, im.User = nil, []extracttest.Layer{extracttest.Run("apt install tool")}
		}),
		with(func(im *extracttest.Images) { im.Keep, im.User = nil, user(list("tool", "/x")) }),
		with(func(im *extracttest.Images) { im.User = user(status("tool")) }), // the list
		with(func(im *extracttest.Images) {
			im.User = user(status("tool\nDepends: other", "other"), list("tool", "/x"), lt.File("x", ""))
		}),
	}
	for i, name := range []string{"the database", "for a step", "for what was installed", "a list", "a dependency's list"} {
		scenarios[i].name = name
	}
	runScenarios(t, scenarios)
}

// FAT without dpkg has no packages.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	for _, im := range []extracttest.Images{{}, {Base: slim("libc6"), User: user(status("other"))}} {
		s := im.State(t)
		m := debian.NewMover(s, debian.OwnershipOf(s.Upper()), nil)
		if has, err := m.Has(t.Context(), "libc6"); has || err != nil {
			t.Errorf("Has = %v, %v", has, err)
		}
	}
	s := (&extracttest.Images{User: user(status("tool"))}).State(t)
	m := debian.NewMover(s, debian.OwnershipOf(s.Upper()), nil)
	for range 2 {
		if has, err := m.Has(t.Context(), "tool"); !has || err != nil {
			t.Errorf("Has = %v, %v", has, err)
		}
	}
	uncaptured := extracttest.Images{User: user(status("tool")), Capture: extracttest.Nothing}
	s = uncaptured.State(t)
	m = debian.NewMover(s, debian.OwnershipOf(s.Upper()), nil)
	if has, err := m.Has(t.Context(), "tool"); has || err != nil {
		t.Errorf("of a database that was not captured, Has = %v, %v", has, err)
	}
	broken := extracttest.Images{Cold: [][]lt.Entry{nil}, Broken: map[int]bool{0: true}}
	s = broken.State(t)
	m = debian.NewMover(s, debian.OwnershipOf(s.Upper()), nil)
	if has, err := m.Has(t.Context(), "tool"); has || !errors.Is(err, extracttest.ErrBroken) {
		t.Errorf("of a broken layer, Has = %v, %v", has, err)
	}
	if err := m.MoveOwner(t.Context(), &selection.Item{Node: &layers.Node{Pos: layers.Pos{Layer: 1}}}); err != nil {
		t.Errorf("MoveOwner of what no package owns: %v", err)
	}
	if err := m.MoveOwner(t.Context(), &selection.Item{Node: &layers.Node{Pos: layers.Pos{Layer: 0}}}); !errors.Is(err, extracttest.ErrBroken) {
		t.Errorf("MoveOwner: %v", err)
	}
}

// TakeKept returns what was kept since it was last called.
func TestTakeKept(t *testing.T) {
	t.Parallel()
	sc := scenario{Images: extracttest.Images{Base: slim(), Drop: []string{"/usr/bin/dropped"}, User: user(append(files("usr/bin/a", "usr/bin/b", "usr/bin/dropped"), tool(status("tool"))...)...)}}
	s, m := sc.state(t)
	keep := func(name string) *selection.Item {
		n, err := s.Upper().Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return m.Keep(n, selection.Reason{Rule: selection.Needed, Text: "x"})
	}
	take := func(want ...string) {
		t.Helper()
		var got []string
		for _, it := range m.TakeKept() {
			got = append(got, it.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("taken %q, want %q", got, want)
		}
	}
	take()
	if it := keep("usr/bin/a"); it == nil || it.Verdict != selection.Kept {
		t.Errorf("kept %+v", it)
	}
	for _, name := range []string{"usr/bin/a", "usr/bin/dropped"} {
		if it := keep(name); it != nil {
			t.Errorf("kept again: %+v", it)
		}
	}
	keep("usr/bin/b")
	take("usr/bin/a", "usr/bin/b")
	take()
	if it := keep("usr/bin/tool"); m.MoveOwner(t.Context(), it) != nil {
		t.Error("no owner")
	}
	take("usr/bin/tool") // with the one file of its package
}
