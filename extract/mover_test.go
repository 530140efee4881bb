package extract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

const info = "var/lib/dpkg/info/"

// status writes a status database: each package is its name, and fields.
func status(packages ...string) lt.Entry {
	var b strings.Builder
	for _, p := range packages {
		name, fields, _ := strings.Cut(p, "\n")
		b.WriteString("Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\n" + strings.TrimSpace(fields+"\nVersion: 1") + "\n\n")
	}
	return lt.File("var/lib/dpkg/status", b.String())
}

// contents runs the rules and returns what is written, by path: the content of
// what was generated, "file" or the link of the rest.
func contents(t *testing.T, in *selection.Image, base *selection.Base, opts selection.Options) (map[string]string, *selection.Selection) {
	t.Helper()
	sel, err := extract.Select(t.Context(), in, base, opts)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, l := range plan.New(sel, base).Layers {
		for _, w := range l.Writes {
			switch {
			case w.Entry.Kind == layers.Dir:
			case w.Entry.Kind == layers.Symlink:
				got[w.Entry.Name] = "-> " + w.Entry.Link
			case w.Content != nil:
				got[w.Entry.Name] = string(w.Content)
			default:
				got[w.Entry.Name] = "file"
			}
		}
	}
	return got, sel
}

func TestMovedPackages(t *testing.T) {
	t.Parallel()
	debian := []lt.Entry{
		lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("usr/lib"), lt.Symlink("bin", "usr/bin"), lt.Symlink("lib", "usr/lib"),
		lt.File("etc/dpkg/dpkg.cfg.d/docker", "path-exclude=/usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n"),
		status("libc6"), lt.File(info+"libc6.list", "/.\n/usr\n/usr/bin\n/usr/lib\n/lib/libc.so.6\n/usr/share\n/usr/share/doc\n"), lt.File("usr/lib/libc.so.6", ""),
	}
	const stanza = "\nPackage: tool\nStatus: install ok installed\nArchitecture: amd64\n"
	tests := []struct {
		name   string
		opts   selection.Options
		cold   []lt.Entry
		steps  []step
		want   map[string]string // of the paths that are named here
		absent []string          // not written
		known  string            // the packages, with + if dpkg knows them
	}{
		{
			name: "what the user installed, with what it depends on and recommends",
			steps: []step{run("apt-get install -y tool",
				status("libc6", "tool\nDepends: libc6, libdep | other\nRecommends: extra, absent\nSuggests: unwanted", "libdep\nMulti-Arch: same", "extra", "unwanted"),
				lt.File(info+"tool.list", "/.\n/bin\n/bin/tool\n/usr/share/doc/tool\n/usr/share/doc/tool/README\n/usr/share/doc/tool/copyright\n/var/lib/tool\n"),
				lt.File(info+"tool.postinst", "#!/bin/sh"), lt.File("usr/bin/tool", ""), lt.File("usr/share/doc/tool/README", ""), lt.File("usr/share/doc/tool/copyright", ""),
				lt.Dir("var/lib/tool").Chmod(0o700),
				lt.File(info+"libdep:amd64.list", "/lib/libdep.so\n"), lt.File("usr/lib/libdep.so", ""),
				lt.File(info+"extra.list", "/usr/bin/extra\n"), lt.File("usr/bin/extra", ""),
				lt.File(info+"unwanted.list", "/usr/bin/unwanted\n"), lt.File("usr/bin/unwanted", ""),
				lt.File("var/lib/apt/extended_states", "Package: libdep\nAuto-Installed: 1\n\nPackage: extra\nAuto-Installed: 1\n\nPackage: unwanted\nAuto-Installed: 1\n"))},
			want: map[string]string{
				"usr/bin/tool": "file", "usr/share/doc/tool/copyright": "file", "usr/lib/libdep.so": "file", "usr/bin/extra": "file",
				info + "tool.list": "file", info + "tool.postinst": "file", info + "libdep:amd64.list": "file",
			},
			absent: []string{"usr/share/doc/tool/README", "usr/bin/unwanted", info + "unwanted.list", "var/lib/dpkg/status.d/tool"},
			known:  "tool+ libdep+ extra+",
		},
		{
			name: "build-only packages are left behind with their dependencies",
			steps: []step{run("apt-get install gcc libx-dev",
				status("gcc\nSection: devel\nDepends: cpp", "cpp", "libx-dev\nSection: libdevel\nDepends: libx", "libx"),
				lt.File(info+"gcc.list", "/usr/bin/gcc\n"), lt.File(info+"cpp.list", "/usr/bin/cpp\n"), lt.File(info+"libx-dev.list", "/usr/lib/x.h\n"), lt.File(info+"libx.list", "/usr/lib/libx.so\n"),
				lt.File("usr/bin/gcc", ""), lt.File("usr/bin/cpp", ""), lt.File("usr/lib/x.h", ""), lt.File("usr/lib/libx.so", ""),
				lt.File("var/lib/apt/extended_states", "Package: cpp\nAuto-Installed: 1\n\nPackage: libx\nAuto-Installed: 1\n"))},
			absent: []string{"usr/bin/gcc", "usr/bin/cpp", "usr/lib/x.h", "usr/lib/libx.so", "var/lib/dpkg/status"},
		},
		{
			name: "packages that history names are moved from the original base image",
			cold: []lt.Entry{
				status("libc6", "tool"), lt.File(info+"tool.list", "/usr/bin/tool\n"), lt.File("usr/bin/tool", ""),
				lt.File(info+"other.list", "/usr/bin/other\n"), lt.File("usr/bin/other", ""),
			},
			steps:  []step{run("set -eux; apt-get update && apt-get install -y --no-install-recommends \\\n  tool=1 ${MORE} # tools")},
			want:   map[string]string{"usr/bin/tool": "file", info + "tool.list": "file"},
			absent: []string{"usr/bin/other"},
			known:  "tool+",
		},
		{
			name: "--keep deb: moves dependencies too, --drop deb: leaves them out",
			opts: selection.Options{Keep: patterns(t, "deb:tool"), Drop: patterns(t, "deb:mine", "deb:recommended")},
			cold: []lt.Entry{
				lt.File(info+"tool.list", "/usr/bin/tool\n"), lt.File("usr/bin/tool", ""), lt.File(info+"recommended.list", "/usr/bin/recommended\n"), lt.File("usr/bin/recommended", ""),
				lt.File(info+"libdep.list", "/usr/lib/libdep.so\n"), lt.File("usr/lib/libdep.so", ""),
			},
			steps:  []step{run("x", status("tool\nDepends: libdep\nRecommends: recommended", "libdep", "mine", "recommended"), lt.File(info+"mine.list", "/usr/bin/mine\n"), lt.File("usr/bin/mine", ""))},
			want:   map[string]string{"usr/bin/tool": "file", "usr/lib/libdep.so": "file"},
			absent: []string{"usr/bin/mine", "usr/bin/recommended"},
			known:  "tool+ libdep+",
		},
		{
			name: "one unmet dependency keeps a package out of the database, and those that need it",
			steps: []step{run("x",
				status("tool\nPre-Depends: libc6 (>= 2)", "above\nDepends: tool", "fine", "broken\nBreaks: libc6 (<< 3)"),
				lt.File(info+"tool.list", "/usr/bin/tool\n/usr/share/doc/tool/copyright\n"), lt.File(info+"tool.md5sums", "0 usr/bin/tool"), lt.File("usr/bin/tool", ""), lt.File("usr/share/doc/tool/copyright", ""),
				lt.File(info+"above.list", "/usr/bin/above\n"), lt.File("usr/bin/above", ""), lt.File(info+"fine.list", "/usr/bin/fine\n"), lt.File("usr/bin/fine", ""),
				lt.File(info+"broken.list", "/usr/bin/broken\n"), lt.File("usr/bin/broken", ""))},
			want: map[string]string{
				"usr/bin/tool": "file", "usr/bin/above": "file", "usr/bin/fine": "file", "usr/bin/broken": "file", "usr/share/doc/tool/copyright": "file",
				"var/lib/dpkg/status.d/tool": "Package: tool\nArchitecture: amd64\nPre-Depends: libc6 (>= 2)\nVersion: 1\n", "var/lib/dpkg/status.d/tool.md5sums": "file",
				"var/lib/dpkg/status": "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n" +
					"Package: fine\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n",
			},
			absent: []string{info + "tool.list", "var/lib/dpkg/status.d/fine"},
			known:  "above tool broken fine+",
		},
		{
			name: "alternatives lead to what is there",
			steps: []step{run("x",
				status("tool", "gcc\nSection: devel"), lt.File(info+"tool.list", "/usr/bin/tool.real\n"), lt.File("usr/bin/tool.real", ""), lt.File(info+"gcc.list", "/usr/bin/best\n"), lt.File("usr/bin/best", ""),
				lt.File("var/lib/dpkg/alternatives/tool", "auto\n/usr/bin/tool\ntool.1\n/usr/share/man/tool.1\n\n/usr/bin/best\n90\n/usr/share/man/best.1\n/bin/tool.real\n10\n\n\n"),
				lt.Symlink("etc/alternatives/tool", "/usr/bin/best"), lt.Symlink("usr/bin/tool", "/etc/alternatives/tool"),
				lt.File("var/lib/dpkg/alternatives/c++", "auto\n/usr/bin/c++\n\n/usr/bin/best\n9\n\n"))},
			want: map[string]string{
				"usr/bin/tool": "-> /etc/alternatives/tool", "etc/alternatives/tool": "-> /bin/tool.real",
				"var/lib/dpkg/alternatives/tool": "auto\n/usr/bin/tool\ntool.1\n/usr/share/man/tool.1\n\n/bin/tool.real\n10\n\n\n",
			},
			absent: []string{"var/lib/dpkg/alternatives/c++", "usr/bin/best"},
			known:  "tool+",
		},
		{
			name: "diversions, owners and triggers",
			steps: []step{run("x",
				status("tool"), lt.File(info+"tool.list", "/usr/bin/tool\n"), lt.File("usr/bin/tool.distrib", ""), lt.File("usr/bin/tool", "the administrator's"),
				lt.File(info+"tool.triggers", "# comment\ninterest-noawait /usr/share/tools\ninterest tools\nactivate ldconfig\n"),
				lt.File("var/lib/dpkg/diversions", "/usr/bin/tool\n/usr/bin/tool.distrib\n:\n/usr/bin/x\n/usr/bin/x.real\ngone\n"),
				lt.File("var/lib/dpkg/statoverride", "root tools 4755 /usr/bin/tool\nroot root 755 /absent\n"))},
			want: map[string]string{
				"usr/bin/tool.distrib": "file", "usr/bin/tool": "file", "var/lib/dpkg/diversions": "/usr/bin/tool\n/usr/bin/tool.distrib\n:\n",
				"var/lib/dpkg/statoverride": "root tools 4755 /usr/bin/tool\n", "var/lib/dpkg/triggers/File": "/usr/share/tools tool/noawait\n", "var/lib/dpkg/triggers/tools": "tool\n",
			},
			known: "tool+",
		},
		{
			name: "what a package's scripts generated beside its files",
			cold: []lt.Entry{
				status("tool", "stays"), lt.File(info+"tool.list", "/usr/lib/tool\n/usr/lib/tool/plugin\n/usr/share/shared\n"), lt.File("usr/lib/tool/plugin", ""), lt.File("usr/lib/tool/plugins.cache", "old"),
				lt.File(info+"stays.list", "/usr/share/shared\n/usr/share/shared/own\n"), lt.File("usr/share/shared/own", ""), lt.File("usr/share/shared/index", ""), lt.File("usr/lib/unlisted", ""),
			},
			steps:  []step{run("apt-get install tool")},
			want:   map[string]string{"usr/lib/tool/plugin": "file", "usr/lib/tool/plugins.cache": "file"},
			absent: []string{"usr/share/shared/index", "usr/lib/unlisted"},
			known:  "tool+",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, base := scene(t, v1.Config{}, append(slimBase(), debian...), tt.cold, tt.steps...)
			got, sel := contents(t, in, base, tt.opts)
			for name, want := range tt.want {
				if diff := cmp.Diff(want, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			for _, name := range tt.absent {
				if content, ok := got[name]; ok {
					t.Errorf("%s is written: %s", name, content)
				}
			}
			var known []string
			for _, p := range sel.Packages {
				if p.Known {
					p.Name += "+"
				} else if !strings.Contains(got["var/lib/dpkg/status.d/"+p.Name], "Package: "+p.Name) {
					t.Errorf("status.d does not list package %s", p.Name)
				}
				known = append(known, p.Name)
			}
			if got := strings.Join(known, " "); got != tt.known {
				t.Errorf("packages %q, want %q", got, tt.known)
			}
			if strings.Contains(tt.known, "tool+") && !strings.Contains(got["var/lib/dpkg/status"], stanza) {
				t.Errorf("the status database lacks the package:\n%s", got["var/lib/dpkg/status"])
			}
		})
	}
}

// Packages of buildpack-deps belong to the original base image, unless FAT was built on a
// slim image.
func TestMovedFromSlim(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		below string
		want  string
	}{{"RUN /bin/sh -c set -eux; wget -O python.tar.xz # buildkit", "file"}, {"RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends make gcc g++ # buildkit", ""}} {
		in, base := scene(t, v1.Config{}, slimBase(), nil, run("./install-git.sh",
			status("libc6", "git"), lt.File(info+"git.list", "/usr/bin/git\n"), lt.File("usr/bin/git", "")))
		in.Release = "bookworm"
		in.Config.History[0].CreatedBy = c.below
		got, _ := contents(t, in, base, selection.Options{})
		if got["usr/bin/git"] != c.want {
			t.Errorf("on %q git is written as %q, want %q", c.below, got["usr/bin/git"], c.want)
		}
	}
}

// A library is moved with its whole package, unless that is build-only:
// then single files come, and stay attributable.
func TestOwnersOfLibraries(t *testing.T) {
	t.Parallel()
	in, base := nativeScene(t, v1.Config{},
		[]lt.Entry{
			status("libc6", "libpq5\nMulti-Arch: same\nDepends: libc6, pq-data", "pq-data", "libx-dev\nSection: libdevel\nDescription: a\n b"),
			lib(arch+"/libpq.so.5", needed("libknown.so.1")), lib(arch+"/libknown.so.1", needed()), lib(arch+"/libx.so.1", needed()), lt.Symlink(arch+"/libx.so", "libx.so.1"),
			lt.File(info+"libpq5:amd64.list", "/usr/lib/x86_64-linux-gnu/libpq.so.5\n/usr/share/pq/plugin\n"), lt.File("usr/share/pq/plugin", ""),
			lt.File(info+"pq-data.list", "/usr/share/pq/data\n"), lt.File("usr/share/pq/data", ""),
			lt.File(info+"libx-dev.list", "/usr/lib/x86_64-linux-gnu/libx.so\n/usr/include/x.h\n"), lt.File("usr/include/x.h", ""), lt.File(info+"libx-dev.md5sums", "0 x"),
			lt.File("usr/share/doc/libx-dev/copyright", "free"),
			lt.File(info+"libc6.list", "/usr/lib/x86_64-linux-gnu/libknown.so.1\n"),
		},
		lib(site+"/m/_c.so", needed("libpq.so.5", "libx.so")))
	got, _ := contents(t, in, base, selection.Options{})
	for name, want := range map[string]string{
		arch + "/libpq.so.5": "file", "usr/share/pq/plugin": "file", "usr/share/pq/data": "file", info + "libpq5:amd64.list": "file", arch + "/libknown.so.1": "file",
		arch + "/libx.so": "-> libx.so.1", "usr/include/x.h": "", info + "libx-dev.list": "", "usr/share/doc/libx-dev/copyright": "file",
		"var/lib/dpkg/status.d/libx-dev":         "Package: libx-dev\nArchitecture: amd64\nSection: libdevel\nDescription: a\n b\nVersion: 1\n",
		"var/lib/dpkg/status.d/libx-dev.md5sums": "file", "var/lib/dpkg/status.d/libpq5": "", "var/lib/dpkg/status.d/libc6": "",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}
