package sample

import (
	"slices"

	"github.com/slimify/slimify/layers/layertest"
)

// release is what differs between Debian's releases.
type release struct {
	version string // of Debian
	ssl     string // suffix of OpenSSL's sonames and packages
	ffi     string // suffix of libffi's
}

func (b *builder) release() release {
	switch b.Suite {
	case "bookworm":
		return release{"12", "3", "8"}
	case "trixie":
		return release{"13", "3", "8"}
	}
	return release{"11", "1.1", "7"}
}

// debian is the first layer: the smallest Debian that can install packages. In
// fat images it has the documentation that slim ones exclude.
func (b *builder) debian(v variant) []layertest.Entry {
	l, m, r := newListing(built()), b.machine, b.release()
	// Merged /usr: the links in the root come before the entries below them.
	for _, dir := range []string{"bin", "lib", "sbin"} {
		l.add(layertest.Symlink(dir, "usr/"+dir))
	}
	if b.Architecture == "amd64" {
		l.add(layertest.Symlink("lib64", "usr/lib64"))
	}
	for _, dir := range []string{"boot", "dev", "home", "media", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr/local/bin", "usr/local/lib", "var/tmp"} {
		l.add(directory(dir))
	}
	osRelease := "PRETTY_NAME=\"Debian GNU/Linux " + r.version + " (" + b.Suite + ")\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"" + r.version +
		"\"\nVERSION=\"" + r.version + " (" + b.Suite + ")\"\nVERSION_CODENAME=" + b.Suite + "\nID=debian\n"
	var manuals []layertest.Entry
	if v == fat {
		manuals = append(manuals, layertest.File("usr/share/man/man1/ls.1.gz", noise("ls.1", 3_000)),
			layertest.File("usr/share/locale/fr/LC_MESSAGES/coreutils.mo", noise("fr", 150_000)))
	} else {
		l.add(layertest.File("etc/dpkg/dpkg.cfg.d/docker", "path-exclude /usr/share/locale/*\npath-exclude /usr/share/man/*\n"))
	}
	b.db.install(l,
		deb{name: "base-files", version: r.version + ".1", section: "admin", files: []layertest.Entry{
			layertest.File("usr/lib/os-release", osRelease),
			layertest.Symlink("etc/os-release", "../usr/lib/os-release"),
			layertest.File("etc/debian_version", r.version+".11\n"),
			layertest.File("etc/issue", "Debian GNU/Linux "+r.version+" \\n \\l\n\n"),
			layertest.File("root/.profile", "mesg n 2> /dev/null || true\n"),
		}},
		deb{name: "libc6", version: "2.31-13", sameArch: true, preMerge: true, files: b.glibc()},
		deb{name: "dash", section: "shells", depends: "libc6 (>= 2.14)", preMerge: true, files: []layertest.Entry{
			m.program("usr/bin/dash", 40_000), layertest.Symlink("usr/bin/sh", "dash"),
		}},
		deb{name: "coreutils", depends: "libc6 (>= 2.14)", preMerge: true, files: append(manuals,
			m.program("usr/bin/ls", 50_000), m.program("usr/bin/cat", 20_000), m.program("usr/bin/cp", 50_000),
		)},
		deb{name: "dpkg", section: "admin", depends: "zlib1g (>= 1:1.1.4)", files: []layertest.Entry{
			m.program("usr/bin/dpkg", 100_000, "libz.so.1"), layertest.File("etc/dpkg/dpkg.cfg", "no-debsig\n"),
		}},
		deb{name: "apt", section: "admin", depends: "libc6 (>= 2.15)", files: []layertest.Entry{
			m.program("usr/bin/apt-get", 30_000), m.library(m.lib("libapt-pkg.so.6.0"), 180_000, "libz.so.1"),
		}},
		deb{name: "zlib1g", version: "1:1.2.11", sameArch: true, preMerge: true, files: b.shared("libz.so.1", ".2.11", 40_000)},
	)
	l.add(
		layertest.File("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"+
			"www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
		layertest.File("etc/group", "root:x:0:\ndaemon:x:1:\nshadow:x:42:\nwww-data:x:33:\nnogroup:x:65534:\n"),
		layertest.File("etc/shadow", "root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n").
			Chmod(0o640).Chown(0, 42),
		layertest.File("etc/gshadow", "root:*::\ndaemon:*::\nshadow:*::\nwww-data:*::\nnogroup:*::\n").Chmod(0o640).Chown(0, 42),
		layertest.File("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"),
		layertest.File("etc/ld.so.conf.d/libc.conf", "/usr/local/lib\n"),
		layertest.File("etc/ld.so.conf.d/"+m.tuple+".conf", "/usr/local/lib/"+m.tuple+"\n/lib/"+m.tuple+"\n/usr/lib/"+m.tuple+"\n"),
	)
	return l.entries
}

// glibc is the C library with its loader.
func (b *builder) glibc() []layertest.Entry {
	m := b.machine
	entries := []layertest.Entry{
		m.cLibrary("libc.so.6", 210_000), m.cLibrary("libm.so.6", 80_000, "libc.so.6"),
		m.cLibrary("libpthread.so.0", 30_000, "libc.so.6"), m.cLibrary("libdl.so.2", 8_000, "libc.so.6"),
	}
	if b.Architecture == "amd64" {
		loader := m.cLibrary("ld-linux-x86-64.so.2", 40_000)
		return append(entries, loader, layertest.Symlink("usr/lib64/ld-linux-x86-64.so.2", "/lib/"+m.tuple+"/ld-linux-x86-64.so.2"))
	}
	loader := m.cLibrary("ld-linux-aarch64.so.1", 40_000)
	return append(entries, loader, layertest.Symlink("usr/lib/ld-linux-aarch64.so.1", m.tuple+"/ld-linux-aarch64.so.1"))
}

// shared is a library under its soname, which is a link to the file.
func (b *builder) shared(soname, rest string, size int, needed ...string) []layertest.Entry {
	m := b.machine
	file := m.library(m.lib(soname), size, needed...)
	file.Name += rest
	return []layertest.Entry{file, layertest.Symlink(m.lib(soname), soname+rest)}
}

// openssl are the packages that ca-certificates brings.
func (b *builder) openssl() []deb {
	m, v := b.machine, b.release().ssl
	return []deb{
		{name: "libssl" + v, version: v + ".1-1", sameArch: true, depends: "libc6 (>= 2.25)", files: []layertest.Entry{
			m.library(m.lib("libssl.so."+v), 60_000, "libcrypto.so."+v), m.library(m.lib("libcrypto.so."+v), 180_000),
		}},
		{name: "openssl", version: v + ".1-1", depends: "libssl" + v, files: []layertest.Entry{
			m.program("usr/bin/openssl", 60_000, "libssl.so."+v, "libcrypto.so."+v), layertest.File("etc/ssl/openssl.cnf", "openssl_conf = default\n"),
		}},
		{name: "ca-certificates", section: "misc", depends: "openssl (>= 1.1.1)", files: []layertest.Entry{
			layertest.File("usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt", noise("ISRG", 2_000)),
			layertest.Script("usr/sbin/update-ca-certificates", "#!/bin/sh -e\n"),
		}},
		{name: "netbase", section: "admin", files: []layertest.Entry{
			layertest.File("etc/protocols", "tcp\t6\tTCP\n"), layertest.File("etc/services", "http\t80/tcp\n"),
		}},
		{name: "tzdata", section: "localization", files: []layertest.Entry{
			layertest.File("usr/share/zoneinfo/Europe/Paris", noise("Paris", 2_900)), layertest.File("usr/share/zoneinfo/UTC", "TZif2\x00"),
		}},
	}
}

// certificates is the bundle that update-ca-certificates generates; no package
// owns it.
func certificates() layertest.Entry {
	return layertest.File("etc/ssl/certs/ca-certificates.crt", noise("bundle", 70_000))
}

// tool is a package with one program of its own name.
func (b *builder) tool(name string, size int, depends string, needed ...string) deb {
	return deb{name: name, depends: depends, files: []layertest.Entry{b.machine.program("usr/bin/"+name, size, needed...)}}
}

// runtime is a package with one shared library.
func (b *builder) runtime(name, soname, rest string, size int, needed ...string) deb {
	return deb{name: name, sameArch: true, depends: "libc6 (>= 2.14)", files: b.shared(soname, rest, size, needed...)}
}

// headers is a -dev package.
func (b *builder) headers(name, header, depends string, size int) deb {
	return deb{name: name, section: "libdevel", sameArch: true, depends: depends, files: []layertest.Entry{
		layertest.File("usr/include/"+header, "#pragma once\n"), layertest.File(b.machine.lib(name+".a"), noise(name, size)),
	}}
}

// curl, versionControl and buildpack are the layers of buildpack-deps.
func (b *builder) curl() []layertest.Entry {
	l := newListing(built())
	b.db.install(l, slices.Concat(b.openssl(), []deb{
		b.runtime("libcurl4", "libcurl.so.4", ".7.0", 350_000, "libssl.so."+b.release().ssl),
		b.tool("curl", 140_000, "libcurl4 (>= 7.74)", "libcurl.so.4"),
		b.tool("gpg", 490_000, ""),
		{name: "gnupg", depends: "gpg"},
		b.tool("sq", 1_500_000, ""),
		b.tool("wget", 320_000, "libssl"+b.release().ssl, "libssl.so."+b.release().ssl),
	})...)
	l.add(certificates())
	return l.entries
}

func (b *builder) versionControl() []layertest.Entry {
	l, m := newListing(built()), b.machine
	b.db.install(l,
		deb{name: "git", section: "vcs", depends: "libcurl4", files: []layertest.Entry{
			m.program("usr/bin/git", 1_200_000, "libz.so.1"), m.program("usr/lib/git-core/git-remote-http", 350_000, "libcurl.so.4"),
		}},
		b.tool("mercurial", 210_000, ""),
		deb{name: "openssh-client", section: "net", files: []layertest.Entry{m.program("usr/bin/ssh", 280_000, "libcrypto.so."+b.release().ssl)}},
		deb{name: "subversion", section: "vcs", files: []layertest.Entry{m.program("usr/bin/svn", 210_000)}},
		deb{name: "procps", section: "admin", preMerge: true, files: []layertest.Entry{m.program("usr/bin/ps", 60_000)}},
	)
	return l.entries
}

func (b *builder) buildpack() []layertest.Entry {
	l, m := newListing(built()), b.machine
	b.db.install(l,
		deb{name: "gcc", section: "devel", depends: "libc6-dev", files: []layertest.Entry{
			m.program("usr/bin/"+m.tuple+"-gcc-10", 420_000), layertest.Symlink("usr/bin/gcc", m.tuple+"-gcc-10"),
			m.program("usr/lib/gcc/"+m.tuple+"/10/cc1", 2_600_000),
		}},
		b.tool("make", 80_000, ""),
		b.headers("libc6-dev", "stdio.h", "libc6", 490_000),
		b.runtime("libpq5", "libpq.so.5", ".13", 100_000, "libssl.so."+b.release().ssl),
		b.headers("libpq-dev", "postgresql/libpq-fe.h", "libpq5", 140_000),
		b.runtime("libmariadb3", "libmariadb.so.3", "", 100_000),
		b.headers("libmariadb-dev", "mariadb/mysql.h", "libmariadb3", 140_000),
		b.runtime("libxml2", "libxml2.so.2", ".9.10", 280_000, "libz.so.1"),
		b.headers("libxml2-dev", "libxml2/libxml/parser.h", "libxml2", 280_000),
		b.runtime("libgomp1", "libgomp.so.1", ".0.0", 70_000),
		b.headers("libssl-dev", "openssl/ssl.h", "libssl"+b.release().ssl, 350_000),
		deb{name: "imagemagick-6.q16", section: "graphics", files: []layertest.Entry{m.program("usr/bin/convert-im6.q16", 420_000)}},
		b.tool("unzip", 60_000, ""),
	)
	l.add(layertest.Symlink("etc/alternatives/convert", "/usr/bin/convert-im6.q16"), layertest.Symlink("usr/bin/convert", "/etc/alternatives/convert"))
	return l.entries
}

// pythonDeps is the fat images' layer with the libraries that CPython is linked
// against.
func (b *builder) pythonDeps() []layertest.Entry {
	l := newListing(built())
	b.db.install(l, append(b.pythonRuntime(),
		b.headers("uuid-dev", "uuid/uuid.h", "libuuid1", 30_000), b.headers("tk-dev", "tcl/tk.h", "", 210_000),
		b.headers("libbluetooth-dev", "bluetooth/bluetooth.h", "", 40_000))...)
	return l.entries
}

// pythonRuntime are the libraries that CPython's extension modules need.
func (b *builder) pythonRuntime() []deb {
	ffi := b.release().ffi
	return []deb{
		b.runtime("libffi"+ffi, "libffi.so."+ffi, ".1.0", 20_000),
		b.runtime("libsqlite3-0", "libsqlite3.so.0", ".8.6", 100_000),
		b.runtime("libexpat1", "libexpat.so.1", ".6.12", 40_000),
		b.runtime("libuuid1", "libuuid.so.1", ".3.0", 20_000),
	}
}
