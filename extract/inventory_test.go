package extract_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/inventory"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// inventoryOf lists what entries hold; the content of each file is read.
func inventoryOf(t *testing.T, entries ...lt.Entry) *inventory.Inventory {
	t.Helper()
	tree := layers.NewTree()
	if err := tree.Apply(0, lt.Table(entries...)); err != nil {
		t.Fatal(err)
	}
	return extract.NewInventory(tree, selection.Runtime{Version: "3.9.2"}, func(n *layers.Node) inventory.FileFacts {
		m, err := extract.ParseMetadata(n.Name, bytes.NewReader(n.Evidence))
		if err != nil {
			t.Fatal(err)
		}
		return inventory.FileFacts{SHA1: sha1.Sum(n.Evidence), Metadata: m}
	})
}

func paths(files []inventory.File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

// Each file stands with those that own it, and none is lost.
func TestInventory(t *testing.T) {
	t.Parallel()
	const dep5 = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: "
	in := inventoryOf(t,
		lt.Symlink("lib", "usr/lib"), lt.File("usr/lib/os-release", "NAME=x\nID=debian\nVERSION_ID=\"11\"\nPRETTY_NAME=\"Debian GNU/Linux 11 (bullseye)\"\n"),
		lt.Symlink("etc/os-release", "../usr/lib/os-release"),
		lt.File("var/lib/dpkg/status", "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nSource: zlib (1:1.2)\nVersion: 1:1.2+b1\n\n"+
			"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: zlib1g\nStatus: install ok installed\nArchitecture: i386\nSource: zlib (1:1.2)\nVersion: 1:1.2+b1\n\nPackage: base-files\nStatus: install ok installed\nArchitecture: all\nVersion: 11\n"),
		lt.File("var/lib/dpkg/info/zlib1g:amd64.list", "/.\n/lib\n/lib/libz.so.1\n/lib/libz.so.1.2\n/usr/share/doc/zlib1g/copyright\n"),
		lt.File("var/lib/dpkg/info/base-files.list", "/usr/lib/os-release\n/etc/gone\n"),
		lt.File("usr/lib/libz.so.1.2", "elf"), lt.Symlink("usr/lib/libz.so.1", "libz.so.1.2"),
		lt.File("usr/share/doc/zlib1g/copyright", dep5+"Zlib\n\nFiles: debian/*\nLicense: GPL-2+\n\nLicense: GPL-2+\n a text\n"),
		lt.File("var/lib/dpkg/status.d/libpq5", "Package: libpq5\nArchitecture: amd64\nVersion: 13.1\n"),
		lt.File("var/lib/dpkg/status.d/zlib1g", "Package: zlib1g\nVersion: 0\n"), // dpkg knows better
		lt.File("var/lib/dpkg/status.d/libpq5.md5sums", "00  usr/lib/libpq.so.5\n00  usr/share/missing\nno sum\n"),
		lt.File("usr/lib/libpq.so.5", "pq"), lt.Symlink("usr/share/doc/libpq5", "libpq"),
		lt.File("usr/share/doc/libpq/copyright", "see /usr/share/common-licenses/GPL-2. Or not.\nLicense: of nothing\n"),
		lt.File(site+"/Zope.Interface-5.0.dist-info/METADATA", "Name: zope.interface\nVersion: 5.0.1\nLicense: ZPL-2.1\n\nLicense: no more\n"),
		lt.File(site+"/Zope.Interface-5.0.dist-info/RECORD", "zope/interface.py,,\nZope.Interface-5.0.dist-info/RECORD,,\n"),
		lt.File(site+"/zope/interface.py", "pass"), lt.Hardlink(site+"/zope/same.py", site+"/zope/interface.py"),
		lt.File(site+"/old-1.egg-info", "Name: old\nVersion: 1\n"),
		lt.Script("usr/local/bin/python3.9", "elf"), lt.Symlink("usr/local/bin/python3", "python3.9"),
		lt.File("usr/local/lib/python3.9/os.py", ""), lt.Script("usr/local/bin/pythonpath", ""),
		lt.File("app/main.py", "print()"), lt.Special("dev/null", '3'),
	)
	if want := (inventory.OSRelease{ID: "debian", VersionID: "11", Name: "Debian GNU/Linux 11 (bullseye)"}); in.System != want {
		t.Errorf("system is %+v, want %+v", in.System, want)
	}
	type row struct{ Name, Version, Arch, Source, Licenses, Location, Files string }
	var got []row
	for _, list := range [][]inventory.Component{in.Packages, in.Distributions, {*in.Runtime}} {
		for _, c := range list {
			got = append(got, row{c.Name, c.Version, c.Architecture, strings.TrimSpace(c.Source + " " + c.SourceVersion), strings.Join(c.Licenses, ", "), c.Location, paths(c.Files)})
		}
	}
	want := []row{
		{"base-files", "11", "all", "base-files 11", "", "", "usr/lib/os-release"},
		{"libpq5", "13.1", "amd64", "libpq5 13.1", "common-licenses/GPL-2", "", "usr/lib/libpq.so.5 var/lib/dpkg/status.d/libpq5"},
		{"zlib1g", "1:1.2+b1", "amd64", "zlib 1:1.2", "Zlib, GPL-2+", "", "usr/lib/libz.so.1.2 usr/share/doc/zlib1g/copyright"},
		{"zlib1g", "1:1.2+b1", "i386", "zlib 1:1.2", "Zlib, GPL-2+", "", ""},
		{"old", "1", "", "", "", site + "/old-1.egg-info", site + "/old-1.egg-info"},
		{
			"zope.interface", "5.0.1", "", "", "ZPL-2.1", site + "/Zope.Interface-5.0.dist-info",
			site + "/Zope.Interface-5.0.dist-info/METADATA " + site + "/Zope.Interface-5.0.dist-info/RECORD " + site + "/zope/interface.py",
		},
		{"python", "3.9.2", "", "", "", "usr/local/lib/python3.9", "usr/local/bin/python3.9 usr/local/lib/python3.9/os.py"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := paths(in.Files), "app/main.py usr/local/bin/pythonpath "+site+"/zope/same.py usr/share/doc/libpq/copyright "+
		"var/lib/dpkg/info/base-files.list var/lib/dpkg/info/zlib1g:amd64.list var/lib/dpkg/status var/lib/dpkg/status.d/libpq5.md5sums var/lib/dpkg/status.d/zlib1g"; got != want {
		t.Errorf("files of no package:\n%s\nwant\n%s", got, want)
	}
	if f := in.Files[0]; f.SHA1 != sha1.Sum([]byte("print()")) || f.SHA256 != sha256.Sum256([]byte("print()")) {
		t.Errorf("sums of %s are wrong: %x %x", f.Path, f.SHA1, f.SHA256)
	}
}

// An image without a Debian, without Python: files alone.
func TestInventoryOfFiles(t *testing.T) {
	t.Parallel()
	in := inventoryOf(t, lt.File("usr/local/lib/python3.8/os.py", ""))
	if in.Runtime != nil || len(in.Packages) > 0 || paths(in.Files) != "usr/local/lib/python3.8/os.py" {
		t.Errorf("%+v", in)
	}
}

func TestParseMetadata(t *testing.T) {
	t.Parallel()
	const info = "x/a-1.dist-info/METADATA"
	for _, c := range []struct {
		name, path, content string
		want                *ecosystem.Metadata
	}{
		{"no package's file", "usr/share/doc/a/README", "License: MIT", nil},
		{"metadata elsewhere", "x/METADATA", "Name: a", nil},
		{"expression wins", info, "Name: a\nVersion: 1\nLicense: BSD\nLicense-Expression: MIT OR Apache-2.0\n", &ecosystem.Metadata{Name: "a", Version: "1", Licenses: []string{"MIT OR Apache-2.0"}}},
		{"a text is no name", info, "License: Permission is\n        hereby granted\nClassifier: License :: OSI Approved :: MIT License\n", &ecosystem.Metadata{Licenses: []string{"MIT License"}}},
		{"nothing known", info, "License: UNKNOWN\r\nClassifier: License :: OSI Approved\r\n", &ecosystem.Metadata{}},
		{"an egg", "x/a.egg/EGG-INFO/PKG-INFO", "Name: a\n", &ecosystem.Metadata{Name: "a"}},
		{"one long line", info, "Name: " + strings.Repeat("a", 2<<20), &ecosystem.Metadata{Name: strings.Repeat("a", 1<<20-len("Name: "))}},
		{"copyright", "usr/share/doc/a/copyright", "Format: x\nLicense: GPL-2+\n text\nLicense: GPL-2+\nLicense:\n", &ecosystem.Metadata{Licenses: []string{"GPL-2+"}}},
		{"copyright for people", "usr/share/doc/a/copyright", "in /usr/share/common-licenses/LGPL-2.1', or\n`/usr/share/common-licenses/GPL-3'.", &ecosystem.Metadata{Licenses: []string{"common-licenses/LGPL-2.1", "common-licenses/GPL-3"}}},
		{"paths that leave the root", "var/lib/dpkg/status.d/a.md5sums", "0  ../etc/shadow\n0  usr/a b\n", &ecosystem.Metadata{Paths: []string{"usr/a b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := extract.ParseMetadata(c.path, strings.NewReader(c.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A file of a megabyte can name a licence on each line, or fill one line with it.
func TestParseMetadataBounded(t *testing.T) {
	t.Parallel()
	var names, classifiers strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&names, "License: %d\n", i)
		fmt.Fprintf(&classifiers, "Classifier: License :: %d\n", i)
	}
	for _, c := range []struct{ path, content string }{
		{"usr/share/doc/a/copyright", "Format: x\n" + names.String()},
		{"a-1.dist-info/METADATA", "Name: a\n" + classifiers.String()},
		{"a-1.dist-info/METADATA", "Name: a\nLicense-Expression: MIT" + strings.Repeat(" AND MIT", 100_000) + "\n"},
	} {
		got, err := extract.ParseMetadata(c.path, strings.NewReader(c.content))
		if err != nil || len(got.Licenses) > 500 || len(strings.Join(got.Licenses, "")) > 10_000 {
			t.Errorf("%s: %d licences, %v", c.path, len(got.Licenses), err)
		}
	}
}
