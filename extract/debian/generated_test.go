package debian_test

import (
	"testing"

	"github.com/slimify/slimify/internal/extracttest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// What scripts of packages made beside their files.
func TestGenerated(t *testing.T) {
	t.Parallel()
	plugins := files("usr/lib/tool/plugin", "usr/lib/tool/plugins.cache", "usr/lib/tool/made/deep", "usr/lib/tool/made/deeper", "usr/lib/unlisted")
	runScenarios(t, []scenario{
		{
			name: "in a directory of packages that come along",
			Images: extracttest.Images{Base: slim(), User: user(append(plugins,
				status("tool"), list("tool", "/usr/lib/tool", "/usr/lib/tool/plugin"), lt.Symlink("usr/lib/tool/link", "plugin"), lt.Dir("usr/lib/tool/empty"))...)},
			want: `
+ usr/lib/tool/link: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/made/deep: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/made/deeper: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/plugin: file of Debian package tool [tool.list]
+ usr/lib/tool/plugins.cache: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ var/lib/dpkg/info/tool.list: Debian package tool: user layers installed it
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: user layers installed it`,
		},
		{
			name: "not in one of the base's, nor in one of a package that stays behind",
			Images: extracttest.Images{Base: append(slim(), list("libc6", "/usr/lib/based"), lt.Dir("usr/lib/based")), User: user(append(files("usr/lib/based/made", "usr/lib/shared/made", "usr/lib/shared/own/made", "usr/bin/tool"),
				status("tool", "stays"), list("tool", "/usr/lib/based", "/usr/lib/shared", "/usr/lib/shared/own", "/usr/bin/tool"), list("stays", "/usr/lib/shared"), automatic("stays"),
			)...)},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ usr/lib/shared/own/made: made by the scripts of a Debian package in its directory [usr/lib/shared/own]
+ var/lib/dpkg/info/tool.list: Debian package tool: user layers installed it
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: user layers installed it`,
		},
		{
			name:   "not what the base's dpkg leaves out",
			Images: extracttest.Images{Base: slim(), User: user(append(files("usr/share/doc/tool/made", "usr/bin/tool"), status("tool"), list("tool", "/usr/share/doc/tool", "/usr/bin/tool"))...)},
			want: `
+ usr/bin/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: user layers installed it
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: user layers installed it`,
		},
		{
			name: "in the cold layer of its package and in those above, as the whole image shows it",
			Images: extracttest.Images{Base: slim(), Keep: []string{"deb:tool"}, Cold: [][]lt.Entry{
				files("usr/lib/tool/below"),
				append(plugins, status("tool", "later"), list("tool", "/usr/lib/tool", "/usr/lib/tool/plugin"), lt.File("usr/lib/tool/removed", ""), lt.File("usr/lib/tool/changed", "old")),
				append(files("usr/lib/tool/above"), lt.File("usr/lib/tool/changed", "new"), list("later", "/usr/lib/later")),
			}, User: user(lt.Whiteout("usr/lib/tool/removed"), lt.File("usr/lib/tool/user", ""))},
			want: `
+ usr/lib/tool/above: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/changed: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/made/deep: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/made/deeper: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/plugin: file of Debian package tool [tool.list]
+ usr/lib/tool/plugins.cache: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/user: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: --keep deb:tool`,
		},
		{
			name: "in a cold layer and not in those above",
			Images: extracttest.Images{Base: slim(), Keep: []string{"deb:tool"}, Cold: [][]lt.Entry{
				append(plugins, status("tool"), list("tool", "/usr/lib/tool", "/usr/lib/tool/plugin", "/usr/lib/z"), lt.Dir("usr/lib/z"), lt.File("usr/lib/z/made", "")),
			}, User: user(lt.File("usr/lib/z/above", ""))},
			want: `
+ usr/lib/tool/made/deep: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/made/deeper: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/tool/plugin: file of Debian package tool [tool.list]
+ usr/lib/tool/plugins.cache: made by the scripts of a Debian package in its directory [usr/lib/tool]
+ usr/lib/z: file of Debian package tool [tool.list]
+ usr/lib/z/above: made by the scripts of a Debian package in its directory [usr/lib/z]
+ usr/lib/z/made: made by the scripts of a Debian package in its directory [usr/lib/z]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: --keep deb:tool`,
		},
		{
			name: "a directory that a package in another layer lists, which stays behind",
			Images: extracttest.Images{Base: slim(), Keep: []string{"deb:tool"}, Cold: [][]lt.Entry{
				append(plugins, status("tool"), list("tool", "/usr/lib/tool", "/usr/lib/tool/plugin")),
				{list("later", "/usr/lib/tool"), lt.Dir("usr/lib/tool")},
			}},
			want: `
+ usr/lib/tool: file of Debian package tool [tool.list]
+ usr/lib/tool/plugin: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 1 files, 0 bytes: --keep deb:tool`,
		},
		{
			name: "a directory that turned into a file above",
			Images: extracttest.Images{Base: slim(), Keep: []string{"deb:tool"}, Cold: [][]lt.Entry{
				append(plugins, status("tool"), list("tool", "/usr/lib/tool", "/usr/lib/tool/plugin")),
			}, User: user(lt.Symlink("usr/lib/tool", "elsewhere"))},
			want: `
+ usr/lib/tool: file of Debian package tool [tool.list]
+ var/lib/dpkg/info/tool.list: Debian package tool: --keep deb:tool
= var/lib/dpkg/status 644: libc6; tool;
package tool 1 0 files, 0 bytes: --keep deb:tool`,
		},
	})
}

// Files that scripts of packages which stay behind made in a squashed image.
func TestDropGenerated(t *testing.T) {
	t.Parallel()
	made := files("usr/lib/tool/made", "usr/lib/tool/deep/made", "usr/lib/stays/made", "usr/lib/stays/deep/made", "usr/lib/both/made", "usr/lib/based/made", "usr/lib/mine", "top")
	names := []string{"usr/lib/tool/made", "usr/lib/tool/deep/made", "usr/lib/stays/made", "usr/lib/stays/deep/made", "usr/lib/both/made", "usr/lib/based/made", "usr/lib/mine", "top", "usr/lib/stays/inner/made"}
	copied := []string{"usr/lib/stays/copied"}
	entries := append(made, status("tool", "stays"), automatic("stays"), list("tool", "/usr/lib", "/usr/lib/tool", "/usr/lib/both"), list("stays", "/usr/lib/stays", "/usr/lib/both", "/usr/lib/based", "/top"),
		lt.Dir("usr/lib/stays"), lt.File("usr/lib/stays/said", ""), lt.File("usr/lib/stays/copied", ""), lt.File("usr/lib/stays/inner/made", ""),
		list("inner", "/usr/lib/stays/inner"), status("tool", "stays", "inner"))
	base := append(slim(), list("libc6", "/usr/lib/based"), lt.Dir("usr/lib/based"))
	runScenarios(t, []scenario{
		{
			name:   "made in a squashed image",
			Images: extracttest.Images{Base: base, User: user(entries...), Keep: []string{"/usr/lib/stays/said"}}, unowned: names, copied: copied,
			want: `
- top: of Debian package stays, which nothing kept needs [stays.list]
+ usr/lib/based/made: nobody owns it
+ usr/lib/both/made: nobody owns it
+ usr/lib/mine: nobody owns it
- usr/lib/stays: directory of Debian package stays, which nothing kept needs [stays.list]
+ usr/lib/stays/copied: copied
- usr/lib/stays/deep/made: made by the scripts of Debian package stays, which nothing kept needs [usr/lib/stays]
+ usr/lib/stays/inner/made: nobody owns it
- usr/lib/stays/made: made by the scripts of Debian package stays, which nothing kept needs [usr/lib/stays]
+ usr/lib/stays/said: --keep /usr/lib/stays/said
+ usr/lib/tool/deep/made: nobody owns it
+ usr/lib/tool/made: nobody owns it
+ var/lib/dpkg/info/inner.list: Debian package inner: user layers installed it
+ var/lib/dpkg/info/tool.list: Debian package tool: user layers installed it
= var/lib/dpkg/status 644: libc6; inner; tool;
package inner 1 0 files, 0 bytes: user layers installed it
package tool 1 0 files, 0 bytes: user layers installed it`,
		},
		{
			name:   "made above a boundary",
			Images: extracttest.Images{Base: base, Cold: [][]lt.Entry{nil}, User: user(entries...)}, unowned: names, copied: copied,
			want: `
- top: of Debian package stays, which nothing kept needs [stays.list]
+ usr/lib/based/made: nobody owns it
+ usr/lib/both/made: nobody owns it
+ usr/lib/mine: nobody owns it
- usr/lib/stays: directory of Debian package stays, which nothing kept needs [stays.list]
+ usr/lib/stays/copied: copied
+ usr/lib/stays/deep/made: nobody owns it
+ usr/lib/stays/inner/made: nobody owns it
+ usr/lib/stays/made: nobody owns it
+ usr/lib/tool/deep/made: nobody owns it
+ usr/lib/tool/made: nobody owns it
+ var/lib/dpkg/info/inner.list: Debian package inner: user layers installed it
+ var/lib/dpkg/info/tool.list: Debian package tool: user layers installed it
= var/lib/dpkg/status 644: libc6; inner; tool;
package inner 1 0 files, 0 bytes: user layers installed it
package tool 1 0 files, 0 bytes: user layers installed it`,
		},
	})
}

// Files of packages that dpkg does not know.
func TestAttribution(t *testing.T) {
	t.Parallel()
	stays := []lt.Entry{
		status("libx\nConffiles:\n /etc/x 0"), automatic("libx"), list("libx", "/usr/lib/x.so", "/usr/lib/y.so", "/etc/x"), lt.File(info+"libx.md5sums", ""), lt.File("usr/share/doc/libx/copyright", ""),
	}
	stays = append(stays, files("usr/lib/x.so", "usr/lib/y.so")...)
	runScenarios(t, []scenario{
		{
			name:   "a file of a package that stays behind",
			Images: extracttest.Images{Base: slim(), User: user(stays...)}, alone: []string{"usr/lib/x.so", "usr/lib/y.so"},
			want: `
+ usr/lib/x.so: needed
+ usr/lib/y.so: needed
+ usr/share/doc/libx/copyright: (as usr/share/doc/libx/copyright) Debian package libx, of which files are kept [usr/lib/x.so]
+ var/lib/dpkg/info/libx.md5sums: (as var/lib/dpkg/status.d/libx.md5sums) Debian package libx, of which files are kept [usr/lib/x.so]
= var/lib/dpkg/status.d/libx 644: "Package: libx\nVersion: 1\n"`,
		},
		{
			name:   "none is kept",
			Images: extracttest.Images{Base: slim(), User: user(stays...)},
			want: `
- usr/lib/x.so: of Debian package libx, which nothing kept needs [libx.list]
- usr/lib/y.so: of Debian package libx, which nothing kept needs [libx.list]`,
		},
		{
			name:   "the base has the package",
			Images: extracttest.Images{Base: slim("libx"), User: user(stays...)}, alone: []string{"usr/lib/x.so"},
			want: `
+ usr/lib/x.so: needed
- usr/lib/y.so: of Debian package libx, which nothing kept needs [libx.list]`,
		},
		{
			name:   "of the application, such as what the user says",
			Images: extracttest.Images{Base: slim(), User: user(stays...), Keep: []string{"/usr/lib/x.so"}},
			want: `
+ usr/lib/x.so: --keep /usr/lib/x.so
- usr/lib/y.so: of Debian package libx, which nothing kept needs [libx.list]
+ usr/share/doc/libx/copyright: (as usr/share/doc/libx/copyright) Debian package libx, of which files are kept [usr/lib/x.so]
+ var/lib/dpkg/info/libx.md5sums: (as var/lib/dpkg/status.d/libx.md5sums) Debian package libx, of which files are kept [usr/lib/x.so]
= var/lib/dpkg/status.d/libx 644: "Package: libx\nVersion: 1\n"`,
		},
		{
			name:   "no database, no copyright and no checksums",
			Images: extracttest.Images{Base: slim(), User: user(list("libx", "/usr/lib/x.so"), list("liby", "/usr/lib/y.so"), status("liby"), lt.Dir("usr/share/doc/liby/copyright"), lt.Dir(info+"liby.md5sums"), lt.File("usr/lib/x.so", ""), lt.File("usr/lib/y.so", ""))}, alone: []string{"usr/lib/x.so", "usr/lib/y.so"},
			want: `
+ usr/lib/x.so: needed
+ usr/lib/y.so: file of Debian package liby [liby.list]
+ var/lib/dpkg/info/liby.list: Debian package liby: user layers installed it
+ var/lib/dpkg/info/liby.md5sums: dpkg's record of liby [liby.list]
= var/lib/dpkg/status 644: libc6; liby;
package liby 1 1 files, 0 bytes: user layers installed it`,
		},
		{
			name: "a copyright behind a link of the directory, that stays and that is kept",
			Images: extracttest.Images{Base: slim(), Keep: []string{"/usr/share/doc/libb"}, User: user(status("liba", "libb", "libcommon"), automatic("liba", "libb", "libcommon"),
				list("liba", "/usr/lib/a.so"), list("libb", "/usr/lib/b.so"), lt.Symlink("usr/share/doc/liba", "libcommon"), lt.Symlink("usr/share/doc/libb", "libcommon"), lt.File("usr/share/doc/libcommon/copyright", ""), lt.File("usr/lib/a.so", ""), lt.File("usr/lib/b.so", ""))},
			alone: []string{"usr/lib/a.so"},
			want: `
+ usr/lib/a.so: needed
- usr/lib/b.so: of Debian package libb, which nothing kept needs [libb.list]
+ usr/share/doc/libb: --keep /usr/share/doc/libb
+ usr/share/doc/libcommon/copyright: (as usr/share/doc/liba/copyright) Debian package liba, of which files are kept [usr/lib/a.so]
= var/lib/dpkg/status.d/liba 644: "Package: liba\nVersion: 1\n"`,
		},
		{
			name: "a copyright behind a link of the directory that is kept",
			Images: extracttest.Images{Base: slim(), Keep: []string{"/usr/share/doc/libb"}, User: user(status("libb", "libcommon"), automatic("libb", "libcommon"),
				list("libb", "/usr/lib/b.so"), lt.Symlink("usr/share/doc/libb", "libcommon"), lt.File("usr/share/doc/libcommon/copyright", ""), lt.File("usr/lib/b.so", ""))},
			alone: []string{"usr/lib/b.so"},
			want: `
+ usr/lib/b.so: needed
+ usr/share/doc/libb: --keep /usr/share/doc/libb
+ usr/share/doc/libcommon/copyright: Debian package libb, of which files are kept [usr/lib/b.so]
= var/lib/dpkg/status.d/libb 644: "Package: libb\nVersion: 1\n"`,
		},
		{
			name: "a copyright in a directory that is kept, below a link",
			Images: extracttest.Images{Base: slim(), Keep: []string{"/usr/doc/libb"}, User: user(status("libb"), automatic("libb"),
				list("libb", "/usr/lib/b.so"), lt.Symlink("usr/share/doc", "../doc"), lt.Dir("usr/doc/libb"), lt.File("usr/doc/libb/copyright", ""), lt.File("usr/lib/b.so", ""))},
			alone: []string{"usr/lib/b.so"},
			want: `
+ usr/doc/libb: --keep /usr/doc/libb
+ usr/doc/libb/copyright: (as usr/share/doc/libb/copyright) Debian package libb, of which files are kept [usr/lib/b.so]
+ usr/lib/b.so: needed
= var/lib/dpkg/status.d/libb 644: "Package: libb\nVersion: 1\n"`,
		},
		{
			name:   "--drop of the documentation, and of the stanza",
			Images: extracttest.Images{Base: slim(), Drop: []string{"/usr/share/doc/**", "/var/lib/dpkg/status.d/libx"}, User: user(stays...)}, alone: []string{"usr/lib/x.so"},
			want: `
+ usr/lib/x.so: needed
- usr/lib/y.so: of Debian package libx, which nothing kept needs [libx.list]
- usr/share/doc/libx/copyright: --drop /usr/share/doc/**
+ var/lib/dpkg/info/libx.md5sums: (as var/lib/dpkg/status.d/libx.md5sums) Debian package libx, of which files are kept [usr/lib/x.so]`,
		},
	})
}
