package extract_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/elftest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// explained is an image with something of each kind: on a base with a C library
// and a pip, over a cold layer with libpq5, git and a wheel.
func explained(t *testing.T) (*selection.Image, *selection.Base) {
	t.Helper()
	base := []lt.Entry{
		lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("usr/lib"), lt.Symlink("lib", "usr/lib"), lt.Dir("etc"), lt.Dir("usr/local"),
		status("libc6"), lt.File(info+"libc6:amd64.list", "/lib/x86_64-linux-gnu/libc.so.6\n"),
		lib(arch+"/libc.so.6", elftest.Spec{Soname: "libc.so.6"}), lib("usr/local/bin/python3.9", needed("libc.so.6")),
		lt.File("etc/dpkg/dpkg.cfg.d/docker", "path-exclude=/usr/share/doc/*\n"), lt.File("etc/ld.so.conf.d/x.conf", "/usr/lib/x86_64-linux-gnu\n"),
		lt.File(site+"/pip/__init__.py", "24"), lt.File(site+"/pip/only24.py", "24"),
		lt.File(site+"/pip-24.0.dist-info/RECORD", "pip/__init__.py,,\npip/only24.py,,\npip-24.0.dist-info/RECORD,,\n"),
	}
	cold := []lt.Entry{
		status("libc6", "libpq5\nMulti-Arch: same\nDepends: libldap", "libldap", "git"),
		lt.File(info+"libpq5:amd64.list", "/usr/lib/x86_64-linux-gnu/libpq.so.5\n/usr/share/doc/libpq5/NEWS\n"), lt.File("usr/share/doc/libpq5/NEWS", "new"),
		lib(arch+"/libpq.so.5", elftest.Spec{Soname: "libpq.so.5"}),
		lt.File(info+"libldap.list", "/usr/lib/x86_64-linux-gnu/libldap.so.2\n"), lib(arch+"/libldap.so.2", elftest.Spec{Soname: "libldap.so.2"}),
		lt.File(info+"git.list", "/usr/bin/git\n/usr/bin/gitk\n"), lt.File("usr/bin/git", "elf"), lt.File("usr/bin/gitk", "tcl"),
		lt.File(site+"/wheel-0.1.dist-info/RECORD", "wheel.py,,\nwheel-0.1.dist-info/RECORD,,\n"), lt.File(site+"/wheel.py", ""),
	}
	return capturedScene(t, v1.Config{WorkingDir: "/app", Entrypoint: []string{"/start"}}, base, cold,
		step{"/bin/sh -c #(nop) COPY file:" + strings.Repeat("0123456789abcdef", 4) + " in /app/", []lt.Entry{lt.Dir("app"), lt.File("app/main.py", "")}},
		cp("start /", lt.Script("start", "#!/bin/sh"), lt.File("srv/data", "")),
		run("pip install psycopg2 && curl -o /opt/model x.org/m", lt.File(site+"/psycopg2-2.9.dist-info/RECORD",
			"psycopg2/__init__.py,,\npsycopg2/_psycopg.so,,\npsycopg2-2.9.dist-info/RECORD,,\n"), lt.File(site+"/psycopg2/__init__.py", ""),
			lib(site+"/psycopg2/_psycopg.so", needed("libpq.so.5", "libc.so.6")), lt.File(site+"/psycopg2/__pycache__/__init__.cpython-39.pyc", "code"),
			lt.File("usr/local/lib/python3.9/__pycache__/os.cpython-39.pyc", "code"), lt.File("root/.cache/pip/x", ""), lt.File("opt/model", "")),
		run("pip install -U pip", lt.File(site+"/pip/__init__.py", "25"), lt.Whiteout(site+"/pip/only24.py"), lt.Whiteout("usr/bin/gitk"),
			lt.File(site+"/pip-25.0.dist-info/METADATA", ""), lt.File(site+"/pip-25.0.dist-info/RECORD", "pip/__init__.py,,\npip-25.0.dist-info/RECORD,,\n")),
	)
}

// render writes an explanation as lines.
func render(x *explain.Answer) string {
	var b strings.Builder
	for _, s := range x.Packages {
		fmt.Fprintf(&b, "%s %s %s, %s of %s\n", s.Kind, s.Name, s.Version, s.Path, s.In)
	}
	for _, f := range x.Paths {
		fmt.Fprintf(&b, "%s: %s", f.Path, f.Verdict)
		if f.Package != "" {
			fmt.Fprintf(&b, " [%s]", f.Package)
		}
		b.WriteByte('\n')
		for _, r := range f.Chain {
			fmt.Fprintf(&b, "  %s: %s", r.Rule.Name, r.Text)
			if r.From != "" {
				fmt.Fprintf(&b, " (%s)", r.From)
			}
			b.WriteByte('\n')
		}
		if f.Keep != "" {
			fmt.Fprintf(&b, "  --keep %s\n", f.Keep)
		}
	}
	if x.Partial {
		b.WriteString("partial\n")
	}
	return b.String()
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const (
		record = "RECORD of psycopg2 2.9 (" + site + "/psycopg2-2.9.dist-info/RECORD)\n"
		pip    = "  history: layer 4 of 5: RUN pip install psycopg2 && curl -o /opt/model x.org/m\n"
		native = "  needed: DT_NEEDED of _psycopg.so (" + site + "/psycopg2/_psycopg.so)\n  record: " + record + pip
		libpq  = arch + "/libpq.so.5: kept [libpq5]\n" + native
		cold   = "  base: from the original base image, which the slim base replaces: nothing kept names it\n  history: layer 1 of 5: # debian.sh --arch 'amd64' out/ 'bullseye'\n"
	)
	for _, c := range []struct {
		name, query string
		all         bool
		want        string
	}{
		{"a library, to the root of its evidence", "libpq.so.5", false, libpq},
		{"by its path, through merged /usr", "/lib/x86_64-linux-gnu/libpq.so.5", false, libpq},
		{"a library that a package depends on", "libldap.so.2", false, arch + "/libldap.so.2: kept [libldap]\n" +
			"  debian: file of Debian package libldap (" + info + "libldap.list)\n" +
			"  debian: Debian package libldap: Debian package libpq5 depends on it (" + info + "libpq5:amd64.list)\n" +
			"  debian: Debian package libpq5: owns libpq.so.5 (" + arch + "/libpq.so.5)\n" + native},
		{"a distribution", "dist:PsycoPG2", false, "Python package psycopg2 2.9, " + site + "/psycopg2-2.9.dist-info of the image\n" +
			site + "/psycopg2-2.9.dist-info/RECORD: kept\n  record: " + record + pip +
			site + "/psycopg2/__init__.py: kept\n  record: " + record + pip +
			site + "/psycopg2/__pycache__/__init__.cpython-39.pyc: kept\n  bytecode: bytecode of a kept source (" + site + "/psycopg2/__init__.py)\n  record: " + record + pip +
			site + "/psycopg2/_psycopg.so: kept\n  record: " + record + pip},
		{"a package, of which the base's dpkg leaves out a part", "deb:libpq5", false, "Debian package libpq5 1, " + info + "libpq5:amd64.list of the original base image\n" + libpq +
			"usr/share/doc/libpq5/NEWS: dropped [libpq5]\n  debian: the base's dpkg leaves it out of packages (path-exclude)\n" +
			"  history: layer 1 of 5: # debian.sh --arch 'amd64' out/ 'bullseye'\n  --keep /usr/share/doc/libpq5/NEWS\n"},
		{"a package that is left behind, with a removed file", "git", false, "Debian package git 1, " + info + "git.list of the original base image\n" +
			"usr/bin/git: dropped [git]\n" + cold + "  --keep deb:git\n"},
		{"a package of the base", "libc6", false, "Debian package libc6 1, " + info + "libc6:amd64.list of the base\n" + arch + "/libc.so.6: in the base [libc6]\n  in-base: from the base\n"},
		{"a distribution from the original base image", "wheel", false, "Python package wheel 0.1, " + site + "/wheel-0.1.dist-info of the original base image\n" +
			site + "/wheel-0.1.dist-info/RECORD: dropped\n" + cold + "  --keep /" + site + "/wheel-0.1.dist-info/RECORD\n" + site + "/wheel.py: dropped\n" + cold + "  --keep /" + site + "/wheel.py\n"},
		{"another version of it in the base", "/" + site + "/pip/only24.py", false, site + "/pip/only24.py: dropped\n" +
			"  replaced: the base's pip 24.0, which the image does not have (" + site + "/pip-25.0.dist-info)\n"},
		{"a file of a COPY", "/srv/data", false, "srv/data: kept\n  copied: from layer 3 of 5: COPY start /\n"},
		{"a command", "/start", false, "start: kept\n  command: ENTRYPOINT starts it\n  history: layer 3 of 5: COPY start /\n"},
		{"a directory, and what it holds", "/app", false, "app: kept\n  workdir: in WORKDIR /app\n  history: layer 2 of 5: COPY file:012345… in /app/\n" +
			"app/main.py: kept\n  workdir: in WORKDIR /app\n  history: layer 2 of 5: COPY file:012345… in /app/\npartial\n"},
		{"somebody's data", "/opt/model", false, "opt/model: kept\n  unowned: in a user layer, owned by no package\n" + pip},
		{"a cache", "/root/.cache/pip/x", false, "root/.cache/pip/x: dropped\n  caches: cache, log or backup that nothing reads again\n" + pip + "  --keep /root/.cache/pip/x\n"},
		{"a glob", "/usr/local/lib/python3.9/__pycache__/*", false, "usr/local/lib/python3.9/__pycache__/os.cpython-39.pyc: dropped\n" +
			"  bytecode: bytecode of a source that is left behind (usr/local/lib/python3.9/os.py)\n" + pip + "partial\n"},
		{"a glob of cold layers", "/usr/bin/gi*", false, "usr/bin/git: dropped [git]\n" + cold + "  --keep deb:git\n"},
		{"a glob of all layers", "/**/lib?*.so.?", true, arch + "/libc.so.6: in the base [libc6]\n  in-base: from the base\n" +
			arch + "/libldap.so.2: kept [libldap]\n  debian: file of Debian package libldap (" + info + "libldap.list)\n" +
			"  debian: Debian package libldap: Debian package libpq5 depends on it (" + info + "libpq5:amd64.list)\n" +
			"  debian: Debian package libpq5: owns libpq.so.5 (" + arch + "/libpq.so.5)\n" + native + libpq},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := explained(t)
			sel, err := extract.Select(t.Context(), in, base, selection.Options{})
			if err != nil {
				t.Fatal(err)
			}
			query, err := explain.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			x, err := extract.Explain(t.Context(), &selection.State{Image: in, Base: base, Selection: sel}, query, c.all)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, render(x)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExplainUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, text string
		near        []string
	}{
		{"/usr/bin/gti", "file or directory /usr/bin/gti", []string{"/usr/bin/git"}},
		{"/opt/app/main.py", "file or directory /opt/app/main.py", []string{"/app/main.py"}},
		{"/usr/bin/gitk", "file or directory /usr/bin/gitk", []string{"/usr/bin/git"}}, // the user removed it
		{"/nothing/like/it", "file or directory /nothing/like/it", []string{}},
		{"/nothing/**", "path matching /nothing/**", []string{}},
		{"libpg.so.5", "library libpg.so.5", []string{"libpq.so.5"}},
		{"dist:psycopg", "package psycopg", []string{"psycopg2"}},
		{"deb:libpq", "Debian package libpq", []string{"libpq5"}},
		{"gti", "package gti", []string{"git"}},
	} {
		t.Run(c.query, func(t *testing.T) {
			in, base := explained(t)
			sel, err := extract.Select(t.Context(), in, base, selection.Options{})
			if err != nil {
				t.Fatal(err)
			}
			query, err := explain.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			_, err = extract.Explain(t.Context(), &selection.State{Image: in, Base: base, Selection: sel}, query, false)
			var unknown *explain.NotFoundError
			if !errors.As(err, &unknown) {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(c.text, unknown.What); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.near, unknown.Near); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every path of FAT has a verdict once its cold layers are read.
func TestOriginalBasePaths(t *testing.T) {
	t.Parallel()
	in, base := explained(t)
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := explain.OriginalBasePaths(t.Context(), &selection.State{Image: in, Base: base, Selection: sel})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, f := range found {
		if !f.Dir {
			got[f.Path] = f.Chain[0].Rule.Name
		}
	}
	want := map[string]string{
		"usr/bin/git": "base", info + "git.list": "base", site + "/wheel-0.1.dist-info/RECORD": "base", site + "/wheel.py": "base", "usr/share/doc/libpq5/NEWS": "debian",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "relative/path", "a b", "pip:flask", "dist:", "deb:", "/..", "/a\x00"} {
		if w, err := explain.ParseQuery(bad); err == nil {
			t.Errorf("%q is taken for %v", bad, w)
		}
	}
	for _, good := range []string{"/", "/usr/bin/[", "/opt/**", "libpq.so", "flask", "dist:Flask", "deb:git"} {
		if w, err := explain.ParseQuery(good); err != nil || w.String() != good {
			t.Errorf("%q is taken for %q, %v", good, w, err)
		}
	}
}
