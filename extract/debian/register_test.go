package debian_test

import (
	"testing"

	"github.com/slimify/slimify/internal/extracttest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// two are two packages with a file each.
func two(a, b string, more ...lt.Entry) []extracttest.Layer {
	return user(append([]lt.Entry{status(a, b), list("a", "/usr/bin/a"), list("b", "/usr/bin/b"), lt.File("usr/bin/a", ""), lt.File("usr/bin/b", "")}, more...)...)
}

// Which packages the base's dpkg knows: those with which its database is consistent.
func TestConsistent(t *testing.T) {
	t.Parallel()
	runScenarios(t, []scenario{
		{
			name:   "a dependency that does not hold, and what depends on that",
			Images: extracttest.Images{Base: slim(), User: two("a\nDepends: b", "b\nDepends: libc6 (>= 2)")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
= var/lib/dpkg/status.d/a 644: "Package: a\nDepends: b\nVersion: 1\n"
= var/lib/dpkg/status.d/b 644: "Package: b\nDepends: libc6 (>= 2)\nVersion: 1\n"
package a 1? it needs b; 1 files, 0 bytes: installed in a user layer
package b 1? it needs libc6 (>= 2); 1 files, 0 bytes: Debian package a depends on it
warning dpkg: 2 Debian packages (a (it needs b), b (it needs libc6 (>= 2))) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "in the other order",
			Images: extracttest.Images{Base: slim(), User: two("a\nDepends: libc6 (>= 2)", "b\nDepends: a")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
= var/lib/dpkg/status.d/a 644: "Package: a\nDepends: libc6 (>= 2)\nVersion: 1\n"
= var/lib/dpkg/status.d/b 644: "Package: b\nDepends: a\nVersion: 1\n"
package a 1? it needs libc6 (>= 2); 1 files, 0 bytes: installed in a user layer
package b 1? it needs a; 1 files, 0 bytes: installed in a user layer
warning dpkg: 2 Debian packages (a (it needs libc6 (>= 2)), b (it needs a)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "a package of the base conflicts with one, though not with the other",
			Images: extracttest.Images{Base: slim("libc6\nConflicts: x, none | a"), User: two("a", "b")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6, Conflicts: x, none | a; b;
= var/lib/dpkg/status.d/a 644: "Package: a\nVersion: 1\n"
package a 1? libc6 conflicts with it; 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer
warning dpkg: 1 Debian package (a (libc6 conflicts with it)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "a package of the base breaks what one provides, and depends on the other",
			Images: extracttest.Images{Base: slim("libc6\nBreaks: virtual\nDepends: b"), User: two("a\nProvides: virtual", "b")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6, Breaks: virtual, Depends: b; b;
= var/lib/dpkg/status.d/a 644: "Package: a\nProvides: virtual\nVersion: 1\n"
package a 1? libc6 conflicts with it; 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer
warning dpkg: 1 Debian package (a (libc6 conflicts with it)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "one conflicts with the base",
			Images: extracttest.Images{Base: slim(), User: two("a\nConflicts: libc6", "b\nBreaks: libc6 (<< 1)")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; b, Breaks: libc6 (<< 1);
= var/lib/dpkg/status.d/a 644: "Package: a\nConflicts: libc6\nVersion: 1\n"
package a 1? it conflicts with libc6 1; 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer
warning dpkg: 1 Debian package (a (it conflicts with libc6 1)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "a base without dpkg",
			Images: extracttest.Images{User: two("a", "b")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "records of dpkg's on a package, and not of one whose name begins like its",
			Images: extracttest.Images{Base: slim(), Cold: [][]lt.Entry{append(tool(), lt.File(info+"tool.postinst", ""), lt.File(info+"tool.md5sums", ""), lt.File(info+"tool2.list", ""), lt.File(info+"tool-x.list", ""), status("tool"))}, Keep: []string{"deb:tool"}},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
+ var/lib/dpkg/info/tool.md5sums: dpkg's record of tool [tool.list]
+ var/lib/dpkg/info/tool.postinst: dpkg's record of tool [tool.list]
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 5 bytes: --keep deb:tool`,
		},
		{
			name:   "the name of a package for several architectures",
			Images: extracttest.Images{Base: slim(), User: user(status("tool\nArchitecture: amd64\nMulti-Arch: same"), list("tool:amd64", "/usr/bin/tool"), lt.File("usr/bin/tool", ""), lt.File(info+"tool:amd64.symbols", ""))},
			want: `
+ usr/bin/tool: file of Debian package tool [tool:amd64.list]
+ var/lib/dpkg/info/tool:amd64.list: Debian package tool: installed in a user layer
+ var/lib/dpkg/info/tool:amd64.symbols: dpkg's record of tool [tool:amd64.list]
= var/lib/dpkg/status 644: libc6; tool, Architecture: amd64, Multi-Arch: same;
package tool 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "a status file with other attributes, behind a link",
			Images: extracttest.Images{Base: []lt.Entry{lt.Symlink("var/lib/dpkg", "../../usr/dpkg"), lt.File("usr/dpkg/status", "\n"+stanzas("libc6")+"\n\n").Chmod(0o600)}, User: two("a", "b")},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= usr/dpkg/status 600: "\nPackage: libc6\nStatus: install ok installed\nVersion: 1\n\nPackage: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n\n"
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
	})
}

// What packages are interested in.
func TestTriggers(t *testing.T) {
	t.Parallel()
	runScenarios(t, []scenario{
		{
			name: "of files and by name, added to those of the base",
			Images: extracttest.Images{Base: append(slim(), lt.File(dpkg+"triggers/File", "/usr/x x\n")), User: two("a", "b",
				lt.File(info+"a.triggers", "# comment of three\ninterest-noawait /usr/share/tools\ninterest tools\nactivate ldconfig\ninterest\n"), lt.File(info+"b.triggers", "interest-await tools\n"))},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/a.triggers: dpkg's record of a [a.list]
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
+ var/lib/dpkg/info/b.triggers: dpkg's record of b [b.list]
= var/lib/dpkg/status 644: libc6; a; b;
= var/lib/dpkg/triggers/File 644: "/usr/x x\n/usr/share/tools a/noawait\n"
= var/lib/dpkg/triggers/tools 644: "a\nb\n"
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "of a package behind one that dpkg does not know, and as old as the first package",
			Images: extracttest.Images{Base: slim(), User: two("a\nDepends: none", "b", list("a", "/usr/bin/a").MTime(5), list("b", "/usr/bin/b").MTime(7), lt.File(info+"b.triggers", "interest tools\n"))},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
+ var/lib/dpkg/info/b.triggers: dpkg's record of b [b.list]
= var/lib/dpkg/status 644: libc6; b;
= var/lib/dpkg/triggers/tools 644 after 5 s: "b\n"
= var/lib/dpkg/status.d/a 644: "Package: a\nDepends: none\nVersion: 1\n"
package a 1? it needs none; 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer
warning dpkg: 1 Debian package (a (it needs none)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "not of a package that dpkg does not know",
			Images: extracttest.Images{Base: slim(), User: two("a\nDepends: none", "b", lt.File(info+"a.triggers", "interest tools\n"))},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; b;
= var/lib/dpkg/status.d/a 644: "Package: a\nDepends: none\nVersion: 1\n"
package a 1? it needs none; 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer
warning dpkg: 1 Debian package (a (it needs none)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
	})
}

// Files that make way for others.
func TestDiversions(t *testing.T) {
	t.Parallel()
	diversions := func(lines string) lt.Entry { return lt.File(dpkg+"diversions", lines) }
	runScenarios(t, []scenario{
		{
			name: "of packages that dpkg knows, and the administrator's for what is there",
			Images: extracttest.Images{Base: append(slim(), diversions("/x\n/x.base\nlibc6\n")), User: two("a", "b\nDepends: none",
				diversions("/usr/bin/a\n/usr/bin/a.real\n:\n/usr/bin/none\n/usr/bin/none.real\n:\n/y\n/y.a\na\n/z\n/z.b\nb\n/w\n/w.gone\ngone\n/x\n/x.base\nlibc6\n/v\n/usr/bin/b\n:\n"))},
			want: `
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
= var/lib/dpkg/status 644: libc6; a;
= var/lib/dpkg/diversions 644: "/x\n/x.base\nlibc6\n/y\n/y.a\na\n/v\n/usr/bin/b\n:\n"
= var/lib/dpkg/status.d/b 644: "Package: b\nDepends: none\nVersion: 1\n"
package a 1 0 files, 0 bytes: installed in a user layer
package b 1? it needs none; 1 files, 0 bytes: installed in a user layer
warning dpkg: 1 Debian package (b (it needs none)) listed only in status.d, for scanners: in dpkg's status they would make apt-get fail; build the image on the same Debian snapshot as the base to have them in both`,
		},
		{
			name:   "none",
			Images: extracttest.Images{Base: slim(), User: two("a", "b", diversions("/y\n/y.gone\ngone\n"))},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; a; b;
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name: "the files of a package that another diverts, and of the one that does",
			Images: extracttest.Images{Base: slim(), User: user(append(files("usr/bin/sh", "usr/bin/sh.real"),
				status("a", "b"), list("a", "/usr/bin/sh"), list("b", "/usr/bin/sh"), diversions("/usr/bin/sh\n/usr/bin/sh.real\nb\n/usr/bin/other\n/o\nb\n"))...)},
			want: `
+ usr/bin/sh: file of Debian package b [b.list]
+ usr/bin/sh.real: file of Debian package a [a.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; a; b;
= var/lib/dpkg/diversions 644: "/usr/bin/sh\n/usr/bin/sh.real\nb\n/usr/bin/other\n/o\nb\n"
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
	})
}

// Owners and modes of the administrator.
func TestStatOverrides(t *testing.T) {
	t.Parallel()
	runScenarios(t, []scenario{
		{
			name: "for what is there, beside those of the base",
			Images: extracttest.Images{
				Base: append(slim(), lt.File(dpkg+"statoverride", "root root 4755 /usr/bin/x\n")),
				User: two("a", "b", lt.File(dpkg+"statoverride", "root root 4755 /usr/bin/x\nroot tools 4755 /usr/bin/a\nroot root 755 /absent\ntoo few /usr/bin/a\n")),
			},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; a; b;
= var/lib/dpkg/statoverride 644: "root root 4755 /usr/bin/x\nroot tools 4755 /usr/bin/a\n"
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "for nothing that is there",
			Images: extracttest.Images{Base: slim(), User: two("a", "b", lt.File(dpkg+"statoverride", "root root 755 /absent\n"))},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; a; b;
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "those that the base has",
			Images: extracttest.Images{Base: append(slim(), lt.File(dpkg+"statoverride", "root root 755 /usr/bin/a\n")), User: two("a", "b", lt.File(dpkg+"statoverride", "root root 755 /usr/bin/a\n"))},
			want: `
+ usr/bin/a: file of Debian package a [a.list]
+ usr/bin/b: file of Debian package b [b.list]
+ var/lib/dpkg/info/a.list: Debian package a: installed in a user layer
+ var/lib/dpkg/info/b.list: Debian package b: installed in a user layer
= var/lib/dpkg/status 644: libc6; a; b;
package a 1 1 files, 0 bytes: installed in a user layer
package b 1 1 files, 0 bytes: installed in a user layer`,
		},
		{
			name:   "for a file of the user's, where there is no package",
			Images: extracttest.Images{Base: slim(), Keep: []string{"/opt/mine"}, User: user(lt.File("opt/mine", ""), lt.File("opt/other", ""), lt.File(dpkg+"statoverride", "a b 1 /opt/mine\na b 1 /opt/other\n"))},
			want: `
+ opt/mine: --keep /opt/mine
= var/lib/dpkg/statoverride 644: "a b 1 /opt/mine\n"`,
		},
		{
			name: "for a file of a cold layer, one of the base, one of the base that FAT removed, and one that is dropped",
			Images: extracttest.Images{
				Base: append(slim(), files("usr/bin/base", "usr/bin/removed")...), Cold: [][]lt.Entry{tool(status("tool"))}, Keep: []string{"deb:tool"},
				User: user(lt.Whiteout("usr/bin/removed"), lt.File("usr/bin/dropped", ""), lt.File(dpkg+"statoverride", "a b 1 /usr/bin/tool\na b 1 /usr/bin/base\na b 1 /usr/bin/removed\na b 1 /usr/bin/dropped\n")),
			},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
= var/lib/dpkg/status 644: libc6; tool;
= var/lib/dpkg/statoverride 644: "a b 1 /usr/bin/tool\na b 1 /usr/bin/base\n"
package tool 1 1 files, 5 bytes: --keep deb:tool`,
		},
	})
}
