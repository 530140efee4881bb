package debian_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/internal/extracttest"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestPackageOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		info + "tool.list": "tool", info + "libc6:amd64.list": "libc6", info + "tool.postinst": "", "etc/tool.list": "", info + "x/tool.list": "", "tool": "",
	} {
		if got, ok := debian.PackageOf(name); got != want || ok != (want != "") {
			t.Errorf("the list %s is of %q, %v, want %q", name, got, ok, want)
		}
	}
}

func TestOwnership(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		entries []lt.Entry
		want    string
	}{
		{"no lists", files("usr/bin/a"), ""},
		{"files and links", []lt.Entry{list("a", "/usr/bin/absent", "/usr/bin/a", "/usr/bin/link"), lt.File("usr/bin/a", ""), lt.Symlink("usr/bin/link", "a")}, "usr/bin/a=a usr/bin/link=a"},
		{
			"of a merged /usr", []lt.Entry{
				lt.Symlink("bin", "usr/bin"), lt.Symlink("var/run", "/run"), lt.Symlink("usr/bin/sh", "dash"),
				list("a", "/bin", "/var/run", "/bin/sh", "/bin/dash"), lt.File("usr/bin/dash", ""),
			}, "usr/bin/dash=a usr/bin/sh=a",
		},
		{"other files beside lists", []lt.Entry{lt.File(info+"a.md5sums", "/usr/bin/a\n"), list("b:amd64", "/usr/bin/b"), lt.File("usr/bin/a", ""), lt.File("usr/bin/b", "")}, "usr/bin/b=b"},
		{"a diverted file", []lt.Entry{
			list("a", "/usr/bin/x"), list("b", "/usr/bin/x"), lt.File(dpkg+"diversions", "/usr/bin/x\n/usr/bin/x.a\nb\n"), lt.File("usr/bin/x", ""), lt.File("usr/bin/x.a", ""),
		}, "usr/bin/x.a=a usr/bin/x=b"},
		{"no directories", []lt.Entry{list("a", "/usr", "/usr/bin"), lt.Dir("usr"), lt.File("usr/bin/a", "")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree := lt.Tree(0, c.entries)
			o := debian.OwnershipOf(tree)
			var got []string
			for n, owner := range o.Files {
				got = append(got, n.Path()+"="+owner)
			}
			slices.Sort(got)
			want := strings.Fields(c.want)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("owners are %q, want %q", got, want)
			}
		})
	}
}

// A link that was assumed belongs to nobody.
func TestAssumedLinks(t *testing.T) {
	t.Parallel()
	s := (&extracttest.Images{User: user(list("a", "/lib"))}).State(t)
	if owned := debian.OwnershipOf(s.Upper()).Files; len(owned) > 0 {
		t.Errorf("owners are %v", owned)
	}
	tree := layers.NewTree()
	if err := tree.Assume("usr/lib64", "lib"); err != nil {
		t.Fatal(err)
	}
	if err := tree.Apply(0, lt.Table(list("a", "/usr/lib64"))); err != nil {
		t.Fatal(err)
	}
	if owned := debian.OwnershipOf(tree).Files; len(owned) > 0 {
		t.Errorf("owners are %v", owned)
	}
}

func TestOwned(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, []lt.Entry{
		list("a", "/usr/bin/a"), lt.File("usr/bin/a", ""), lt.File("usr/bin/b", ""), lt.Symlink("usr/bin/editor", "/etc/alternatives/editor"), lt.Symlink("usr/bin/link", "/etc/alternative"),
		lt.Symlink("etc/alternatives/editor", "/x"), lt.File("etc/alternatives2", ""), lt.File("usr/share/info/dir", ""), lt.File("etc/rc2", ""),
	})
	owned := debian.Owned(tree)
	var got []string
	tree.Walk(func(n *layers.Node) bool {
		if n.Kind != layers.Dir && owned(n) {
			got = append(got, n.Path())
		}
		return true
	})
	if diff := cmp.Diff([]string{"etc/alternatives/editor", "usr/bin/a", "usr/bin/editor", "usr/share/info/dir"}, got); diff != "" {
		t.Errorf("owned (-want +got):\n%s", diff)
	}
}

// Versions in status are stronger than those in status.d.
func TestDatabase(t *testing.T) {
	t.Parallel()
	copied := func(name, version string) lt.Entry {
		return lt.File(dpkg+"status.d/"+name, "Package: "+name+"\nVersion: "+version+"\n")
	}
	for _, c := range []struct {
		name     string
		entries  []lt.Entry
		versions map[string]string
		want     debian.Database
	}{
		{"none", nil, map[string]string{}, debian.Database{Installed: map[string]string{}, Copied: map[string]string{}, Lists: map[string]bool{}}},
		{
			"both, and lists",
			[]lt.Entry{
				status("a", "b"), copied("b", "2"), copied("c", "3"), lt.File(dpkg+"status.d/a.md5sums", "Package: sum\n"), lt.Symlink(dpkg+"status.d/aa", "c"), lt.Dir(dpkg + "status.d/bb"),
				list("a", "/x"),
			},
			map[string]string{"a": "1", "b": "1", "c": "3"},
			debian.Database{Installed: map[string]string{"a": "1", "b": "1"}, Copied: map[string]string{"b": "2", "c": "3"}, Lists: map[string]bool{"a": true}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree := lt.Tree(0, c.entries)
			if got := debian.Versions(tree); !maps.Equal(got, c.versions) {
				t.Errorf("versions %v, want %v", got, c.versions)
			}
			if diff := cmp.Diff(c.want, debian.ReadDatabase(tree)); diff != "" {
				t.Errorf("database (-want +got):\n%s", diff)
			}
		})
	}
}

// A link in a squashed image to a file of the fat image's packages.
func TestLinksToFatBase(t *testing.T) {
	t.Parallel()
	entries := []lt.Entry{
		status("fat", "libc6", "mine"), list("fat", "/usr/lib/fat.so", "/usr/lib/listed"), list("libc6", "/usr/lib/c.so"), list("mine", "/usr/lib/mine.so"),
		lt.File("usr/lib/fat.so", ""), lt.File("usr/lib/c.so", ""), lt.File("usr/lib/mine.so", ""), lt.Symlink("usr/lib/listed", "fat.so"),
		lt.Symlink("usr/lib/link", "fat.so"), lt.Symlink("etc/link", "/usr/lib/fat.so"), lt.Symlink("var/link", "/usr/lib/fat.so"), lt.Symlink("opt/link", "/usr/lib/fat.so"),
		lt.Symlink("usr/local/link", "/usr/lib/fat.so"), lt.Symlink("usr/lib/c", "c.so"), lt.Symlink("usr/lib/mine", "mine.so"), lt.Symlink("usr/lib/nowhere", "absent"), lt.File("usr/lib/file", ""),
	}
	links := []string{"usr/lib/link", "etc/link", "var/link", "opt/link", "usr/local/link", "usr/lib/c", "usr/lib/mine", "usr/lib/nowhere", "usr/lib/file"}
	runScenarios(t, []scenario{
		{
			name:   "in a squashed image",
			Images: extracttest.Images{Base: slim(), User: user(entries...)}, fatBase: []string{"fat", "libc6"}, unowned: links,
			want: `
- etc/link: generated by a Debian package's scripts
+ opt/link: nobody owns it
+ usr/lib/c: nobody owns it
- usr/lib/c.so: in Debian package libc6, which nothing kept needs [libc6.list]
- usr/lib/fat.so: in Debian package fat, which nothing kept needs [fat.list]
+ usr/lib/file: nobody owns it
- usr/lib/link: generated by a Debian package's scripts
- usr/lib/listed: in Debian package fat, which nothing kept needs [fat.list]
+ usr/lib/mine: nobody owns it
+ usr/lib/mine.so: file of Debian package mine [mine.list]
+ usr/lib/nowhere: nobody owns it
+ usr/local/link: nobody owns it
+ var/lib/dpkg/info/mine.list: Debian package mine: installed in a user layer
- var/link: generated by a Debian package's scripts
= var/lib/dpkg/status 644: libc6; mine;
package mine 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "above a boundary",
			Images: extracttest.Images{Base: slim(), Cold: [][]lt.Entry{nil}, User: user(entries...)}, fatBase: []string{"fat", "libc6"}, unowned: links,
			want: `
+ etc/link: nobody owns it
+ opt/link: nobody owns it
+ usr/lib/c: nobody owns it
- usr/lib/c.so: in Debian package libc6, which nothing kept needs [libc6.list]
- usr/lib/fat.so: in Debian package fat, which nothing kept needs [fat.list]
+ usr/lib/file: nobody owns it
+ usr/lib/link: nobody owns it
- usr/lib/listed: in Debian package fat, which nothing kept needs [fat.list]
+ usr/lib/mine: nobody owns it
+ usr/lib/mine.so: file of Debian package mine [mine.list]
+ usr/lib/nowhere: nobody owns it
+ usr/local/link: nobody owns it
+ var/lib/dpkg/info/mine.list: Debian package mine: installed in a user layer
+ var/link: nobody owns it
= var/lib/dpkg/status 644: libc6; mine;
package mine 1 1 files, 0 bytes: installed in a user layer`,
		},
	})
}

// What the user changed in files of packages.
func TestEdited(t *testing.T) {
	t.Parallel()
	const sum = "d41d8cd98f00b204e9800998ecf8427e" // of nothing
	conffiles := "fat\nConffiles:\n /etc/short\n /etc/new newconffile\n /../out " + sum + "\n /etc/kept " + sum + "\n /etc/changed " + sum + " obsolete\n /etc/two " + sum + "\n /etc/link " + sum +
		"\nOther: x\n /etc/other " + sum
	lists := []string{"/etc/two", "/etc/later2", "/etc/short", "/etc/new", "/etc/kept", "/etc/changed", "/etc/link", "/etc/other", "/etc/dir", "/etc/later"}
	first := []lt.Entry{
		status(conffiles), list("fat", lists...), lt.File("etc/short", "x"), lt.File("etc/new", "x"), lt.File("etc/kept", ""), lt.File("etc/changed", "x"), lt.Symlink("etc/link", "kept"),
		lt.File("etc/other", "x"), lt.File("etc/two", "x"), lt.File("etc/later2", ""), lt.File("etc/later", ""), lt.Dir("etc/dir"),
	}
	runScenarios(t, []scenario{
		{
			name: "configuration that differs, and files of a later layer",
			Images: extracttest.Images{Base: slim(), User: []extracttest.Layer{
				extracttest.Run("install", first...), extracttest.Run("edit", lt.File("etc/later", "x"), lt.File("etc/later2", "x"), lt.Dir("etc/dir")),
			}},
			fatBase: []string{"fat"},
			want: `
+ etc/changed: configuration of fat, changed by the user [var/lib/dpkg/status]
- etc/dir: directory of Debian package fat, which nothing kept needs [fat.list]
- etc/kept: in Debian package fat, which nothing kept needs [fat.list]
+ etc/later: changed after fat was installed [fat.list]
+ etc/later2: changed after fat was installed [fat.list]
- etc/link: in Debian package fat, which nothing kept needs [fat.list]
- etc/new: in Debian package fat, which nothing kept needs [fat.list]
- etc/other: in Debian package fat, which nothing kept needs [fat.list]
- etc/short: in Debian package fat, which nothing kept needs [fat.list]
+ etc/two: configuration of fat, changed by the user [var/lib/dpkg/status]
= var/lib/dpkg/status.d/fat 644: "Package: fat\nOther: x\n /etc/other d41d8cd98f00b204e9800998ecf8427e\nVersion: 1\n"`,
		},
		{
			name:    "not where there is no status",
			Images:  extracttest.Images{Base: slim(), User: user(first[1:]...)},
			fatBase: []string{"fat"},
			want: `
- etc/changed: in Debian package fat, which nothing kept needs [fat.list]
- etc/dir: directory of Debian package fat, which nothing kept needs [fat.list]
- etc/kept: in Debian package fat, which nothing kept needs [fat.list]
- etc/later: in Debian package fat, which nothing kept needs [fat.list]
- etc/later2: in Debian package fat, which nothing kept needs [fat.list]
- etc/link: in Debian package fat, which nothing kept needs [fat.list]
- etc/new: in Debian package fat, which nothing kept needs [fat.list]
- etc/other: in Debian package fat, which nothing kept needs [fat.list]
- etc/short: in Debian package fat, which nothing kept needs [fat.list]
- etc/two: in Debian package fat, which nothing kept needs [fat.list]`,
		},
		{
			name:    "not where content was not captured",
			Images:  extracttest.Images{Base: slim(), User: user(first...), Capture: onlyDpkg},
			fatBase: []string{"fat"},
			want: `
- etc/changed: in Debian package fat, which nothing kept needs [fat.list]
- etc/dir: directory of Debian package fat, which nothing kept needs [fat.list]
- etc/kept: in Debian package fat, which nothing kept needs [fat.list]
- etc/later: in Debian package fat, which nothing kept needs [fat.list]
- etc/later2: in Debian package fat, which nothing kept needs [fat.list]
- etc/link: in Debian package fat, which nothing kept needs [fat.list]
- etc/new: in Debian package fat, which nothing kept needs [fat.list]
- etc/other: in Debian package fat, which nothing kept needs [fat.list]
- etc/short: in Debian package fat, which nothing kept needs [fat.list]
- etc/two: in Debian package fat, which nothing kept needs [fat.list]`,
		},
	})
}
