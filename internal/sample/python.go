package sample

import (
	"slices"
	"strings"
	"time"

	"github.com/slimify/slimify/internal/elftest"
	"github.com/slimify/slimify/layers/layertest"
)

// pythonBuilt is when CPython was built: the two images hold separate builds
// of one version, whose sources differ in their times.
func pythonBuilt(v variant) time.Time {
	if v == fat {
		return built().Add(2 * time.Hour)
	}
	return built().Add(5 * time.Hour)
}

// python is the layer with CPython's `make install`; in slim images it also
// installs the libraries that CPython needs.
func (b *builder) python(v variant) []layertest.Entry {
	l, m := newListing(pythonBuilt(v)), b.machine
	if v == slim {
		b.db.install(l, b.pythonRuntime()...)
	}
	minor, lib, ssl := b.minor(), b.lib(), b.release().ssl
	so := "libpython" + minor + ".so.1.0"
	l.add(
		layertest.Script("usr/local/bin/python"+minor, string(elftest.Library(elftest.Spec{
			Machine: m.elf, Interp: "/" + m.loader, Needed: []string{so, "libc.so.6"}, Runpath: "$ORIGIN/../lib", NeedVersions: glibc(),
		}))),
		layertest.Symlink("usr/local/bin/python3", "python"+minor),
		layertest.Script("usr/local/bin/python"+minor+"-config", "#!/bin/sh\n"),
		layertest.Symlink("usr/local/bin/python3-config", "python"+minor+"-config"),
		layertest.Script("usr/local/bin/idle"+minor, b.shebang()+"from idlelib.pyshell import main\n"),
		layertest.Symlink("usr/local/bin/idle3", "idle"+minor),
		layertest.Script("usr/local/bin/pydoc"+minor, b.shebang()+"import pydoc\n"),
		layertest.Symlink("usr/local/bin/pydoc3", "pydoc"+minor),
		m.library("usr/local/lib/"+so, 350_000, "libpthread.so.0", "libdl.so.2", "libm.so.6").Chmod(0o755),
		layertest.Symlink("usr/local/lib/libpython"+minor+".so", so),
		m.library("usr/local/lib/libpython3.so", 0, so).Chmod(0o755),
		layertest.File("usr/local/lib/pkgconfig/python-"+minor+".pc", "prefix=/usr/local\n"),
		layertest.File("usr/local/include/python"+minor+"/patchlevel.h", "#define PY_VERSION\t\t\""+b.Version+"\"\n"),
		layertest.File("usr/local/include/python"+minor+"/Python.h", "#include \"patchlevel.h\"\n"),
		layertest.File("usr/local/share/man/man1/python"+minor+".1", ".TH PYTHON \"1\"\n"),
		layertest.Symlink("usr/local/share/man/man1/python3.1", "python"+minor+".1"),
		m.module(lib+"/lib-dynload/_ssl."+b.abi()+".so", 30_000, "libssl.so."+ssl, "libcrypto.so."+ssl),
		m.module(lib+"/lib-dynload/_ctypes."+b.abi()+".so", 20_000, "libffi.so."+b.release().ffi),
		m.module(lib+"/lib-dynload/_sqlite3."+b.abi()+".so", 20_000, "libsqlite3.so.0"),
		m.module(lib+"/lib-dynload/math."+b.abi()+".so", 15_000, "libm.so.6"),
	)
	for _, name := range stdlib() {
		l.add(layertest.File(lib+"/"+name, source(name, 12_000)))
	}
	l.add(layertest.File(b.site()+"/README.txt", "This directory exists so that 3rd party packages can be installed here.\n"))
	if !b.GetPip {
		l.add(b.pip(v)...)
	}
	return l.entries
}

// stdlib are some of the standard library's sources.
func stdlib() []string {
	return strings.Fields(`
		__future__.py abc.py argparse.py asyncio/__init__.py asyncio/base_events.py ast.py base64.py codecs.py collections/__init__.py
		contextlib.py dataclasses.py datetime.py email/__init__.py email/message.py functools.py hashlib.py http/__init__.py http/client.py
		http/server.py importlib/__init__.py inspect.py io.py json/__init__.py json/decoder.py logging/__init__.py os.py pathlib.py pickle.py
		posixpath.py random.py re.py shutil.py site.py socket.py ssl.py string.py subprocess.py tempfile.py threading.py typing.py unittest/__init__.py
		urllib/__init__.py urllib/parse.py urllib/request.py uuid.py zipfile.py`)
}

// source is a Python source of about size bytes.
func source(name string, size int) string { return "# " + name + "\n# " + noise(name, size) + "\n" }

// abi is the tag of extension modules (PEP 3149).
func (b *builder) abi() string {
	return "cpython-" + strings.ReplaceAll(b.minor(), ".", "") + "-" + b.machine.tuple
}

// shebang is the first line of the scripts that installers write.
func (b *builder) shebang() string { return "#!/usr/local/bin/python" + b.minor() + "\n" }

func pipVersion(v variant) string {
	if v == fat {
		return "23.0.1"
	}
	return "24.0"
}

func setuptoolsVersion(v variant) string {
	if v == fat {
		return "58.1.0"
	}
	return "65.5.1"
}

// pip returns pip and setuptools. Fat and slim images have different versions,
// each with files that the other lacks.
func (b *builder) pip(v variant) []layertest.Entry {
	modules := strings.Fields(`pip/__init__.py pip/__main__.py pip/_internal/__init__.py pip/_internal/cli/__init__.py pip/_internal/cli/main.py
		pip/_internal/commands/install.py pip/_internal/network/session.py pip/_vendor/__init__.py pip/_vendor/requests/__init__.py`)
	if v == fat {
		modules = append(modules, "pip/_internal/operations/install/legacy.py")
	} else {
		modules = append(modules, "pip/_vendor/truststore/__init__.py")
	}
	bin := map[string]string{"pip": "pip._internal.cli.main:main", "pip3": "pip._internal.cli.main:main", "pip" + b.minor(): "pip._internal.cli.main:main"}
	if !b.GetPip {
		delete(bin, "pip") // ensurepip does not install it: it is a link to pip3
	}
	return slices.Concat(
		b.wheel(dist{name: "pip", version: pipVersion(v), modules: modules, size: 14_000, scripts: bin, suffix: pipVersion(v)}),
		b.wheel(dist{
			name: "setuptools", version: setuptoolsVersion(v), size: 14_000, suffix: setuptoolsVersion(v),
			modules: strings.Fields("setuptools/__init__.py setuptools/dist.py pkg_resources/__init__.py _distutils_hack/__init__.py distutils-precedence.pth"),
		}),
	)
}
