package pysource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/pysource"
)

// show renders a source's findings, one a line: "3 import os.path guarded".
func show(s source.Source) []string {
	out := []string{}
	for _, i := range s.Imports {
		line := fmt.Sprintf("%d import %s%s", i.Line, strings.Repeat(".", i.Level), i.Module)
		if i.Names != nil {
			line += " (" + strings.Join(i.Names, " ") + ")"
		}
		if i.Guarded {
			line += " guarded"
		}
		if i.Deferred {
			line += " deferred"
		}
		out = append(out, line)
	}
	for _, c := range s.Calls {
		kind := "program"
		if c.Shell {
			kind = "shell"
		}
		if c.Implied {
			kind = "implies"
		}
		out = append(out, fmt.Sprintf("%d %s %s %q", c.Line, c.Func, kind, c.Arg))
	}
	for _, l := range s.Libraries {
		out = append(out, fmt.Sprintf("%d library %s by %s", l.Line, l.Name, l.Text))
	}
	return out
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"nothing", "", nil},
		{"plain", "import os\nimport a.b as c, d", []string{"1 import os", "2 import a.b", "2 import d"}},
		{"from", "from a.b import c, d as e\nfrom . import f\nfrom ..g import *", []string{"1 import a.b (c d)", "2 import . (f)", "3 import ..g (*)"}},
		{"an ellipsis of dots", "from ... import a", []string{"1 import ... (a)"}},
		{"in brackets, with comments", "from a import (  # why\n    b,  # and\n    c as d,\n)\nimport e", []string{"1 import a (b c)", "5 import e"}},
		{"continued lines", "import a, \\\n  b\nfrom c \\\r\n import d", []string{"1 import a", "1 import b", "3 import c (d)"}},
		{"several on a line", "import a; import b\nif x: import c; import d", []string{"1 import a", "1 import b", "2 import c", "2 import d"}},
		{
			"not in strings or comments", "'''\nimport a\n'''\n# import b\nx = \"import c\"\ny = r'\\'; import d\nz = '\\\nimport e'\nimport f",
			[]string{"9 import f"},
		},
		{"a raw string's backslash hides a quote", `x = r"\"; import a"` + "\nimport b", []string{"2 import b"}},
		{"triple quotes with quotes inside", "x = \"\"\"a\"b\"\"c\\\"\"\"\nimport a\n\"\"\"\nimport b", []string{"4 import b"}},
		{"a name is no statement", "x.import_(a)\nimportlib = 1\nfrom_ = 2\nx = important", nil},
		{"an open string ends at its line", "x = 'abc\nimport a", []string{"2 import a"}},
		{"byte order mark, no last line break", "\xef\xbb\xbfimport a", []string{"1 import a"}},
		{"names beyond ASCII", "import größe\nfrom 模块 import x", []string{"1 import größe", "2 import 模块 (x)"}},
		{"Windows' line ends", "import a\r\nif x:\r\n  import b\r\n", []string{"1 import a", "3 import b"}},
		{
			"a guard", "try:\n    import a\n    from b import c\nexcept ImportError:\n    import d\nimport e",
			[]string{"2 import a guarded", "3 import b (c) guarded", "5 import d guarded", "6 import e"},
		},
		{
			"several errors", "try:\n import a\nexcept (ValueError, ModuleNotFoundError) as e:\n pass\nelse:\n import b\nfinally:\n import c",
			[]string{"2 import a guarded", "6 import b", "8 import c"},
		},
		{"a bare except", "try:\n import a\nexcept:\n pass", []string{"2 import a guarded"}},
		{"on one line", "try: import a\nexcept ImportError: a = None\nimport b", []string{"1 import a guarded", "3 import b"}},
		{"another error is no guard", "try:\n import a\nexcept OSError:\n import b", []string{"2 import a", "4 import b"}},
		{"a later handler", "try:\n import a\nexcept OSError:\n pass\nexcept ImportError:\n pass", []string{"2 import a guarded"}},
		{"no handler", "try:\n import a\nfinally:\n pass", []string{"2 import a"}},
		{
			"deeper in a guard", "try:\n  if x:\n    import a\n  else:\n    try:\n      import b\n    except OSError:\n      pass\nexcept Exception:\n  pass\nimport c",
			[]string{"3 import a guarded", "6 import b guarded", "11 import c"},
		},
		{"the next try begins anew", "try:\n  x()\nexcept ImportError:\n  pass\nimport a\ntry:\n  import b\nexcept OSError: pass", []string{"5 import a", "7 import b"}},
		{
			"for the type checker", "if TYPE_CHECKING:\n    import a\nelse:\n    import b\nif typing.TYPE_CHECKING: import c",
			[]string{"2 import a guarded", "4 import b", "5 import c guarded"},
		},
		{
			"for a platform", "if sys.platform == 'win32':\n  import winreg\nelif os.name == 'nt':\n  import nt\nif __name__ == '__main__':\n  import x",
			[]string{"2 import winreg guarded", "4 import nt guarded", "6 import x"},
		},
		{"suppressed", "with contextlib.suppress(ImportError):\n  import a\nwith open(x):\n  import b", []string{"2 import a guarded", "4 import b"}},
		{
			"in functions", "def f(x: int = {1: 2}) -> None:\n  import a\nclass C:\n  import b\n  async def g(self):\n    import c\nimport d",
			[]string{"2 import a deferred", "4 import b", "6 import c deferred", "7 import d"},
		},
		{"tabs count to eight", "def f():\n        import a\n\timport b\nimport c", []string{"2 import a deferred", "3 import b deferred", "4 import c"}},
		{"expressions of f-strings", "x = f'{a!r:>{w}} {{import b}} {d[\"k\"]}'\nimport c", []string{"2 import c"}},
		{"quotes in an expression's own quotes", "x = f\"{a[\"import\"]}\"\nimport b", []string{"2 import b"}},
		{"line breaks in an expression", "x = f'{\n a\n}'\nimport b", []string{"4 import b"}},
		{"an expression that does not end", "x = f'{a'\nimport b", []string{"2 import b"}},
		{"print as in Python 2", "print 'x'\nexec \"import a\"\nimport b", []string{"3 import b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := show(source.Source{Imports: pysource.Scan([]byte(c.src)).Imports})
			if c.want == nil {
				c.want = []string{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"a list", `import subprocess
subprocess.run(["git", "status"], check=True)`, []string{`2 subprocess.run program "git"`}},
		{"a tuple, a path, several lines", "import subprocess\nsubprocess.check_output(\n  (\n   '/usr/bin/git',\n   x),\n)", []string{`2 subprocess.check_output program "/usr/bin/git"`}},
		{"an alias of the module", "import subprocess as sp\nsp.Popen(['a'])", []string{`2 subprocess.Popen program "a"`}},
		{"an alias of the function", "from subprocess import run as r, PIPE\nr(['a'], stdout=PIPE)", []string{`2 subprocess.run program "a"`}},
		{"all names of a module", "from subprocess import *\ncall(['a'])", []string{`2 subprocess.call program "a"`}},
		{"a name of its own", "import subprocess\n_run = subprocess.run\n_run(['a'])", []string{`3 subprocess.run program "a"`}},
		{"another module's compatibility", "from gevent import subprocess\nsubprocess.call(['a'])", []string{`2 subprocess.call program "a"`}},
		{"another thing of that name", "from x import run\nimport y as subprocess\nrun(['a'])\nsubprocess.run(['b'])\nself.subprocess.run(['c'])", nil},
		{"for the shell", "import subprocess\nsubprocess.run('git status | less', shell=True)\nsubprocess.run('ls', shell=False)", []string{
			`2 subprocess.run shell "git status | less"`, `3 subprocess.run program "ls"`,
		}},
		{"os", "import os\nos.system('git pull')\nos.popen('a')\nos.execvp('b', ['b'])\nos.spawnlp(os.P_WAIT, 'c', 'c')\nos.execvp(x, y)", []string{
			`2 os.system shell "git pull"`, `3 os.popen shell "a"`, `4 os.execvp program "b"`, `5 os.spawnlp program "c"`,
		}},
		{"by keyword", "import subprocess\nsubprocess.run(args=['a'], env=x)", []string{`2 subprocess.run program "a"`}},
		{"which, inside of another call", "import shutil, subprocess\nsubprocess.run([shutil.which('git') or 'git'])", []string{`2 shutil.which program "git"`}},
		{"asyncio", "import asyncio\nasync def f():\n  await asyncio.create_subprocess_exec('a', 'b')\n  await asyncio.create_subprocess_shell('c d')", []string{
			`3 asyncio.create_subprocess_exec program "a"`, `4 asyncio.create_subprocess_shell shell "c d"`,
		}},
		{"a shell in a list", "import subprocess\nsubprocess.run(['bash', '-ec', 'git pull && make'])", []string{
			`2 subprocess.run program "bash"`, `2 subprocess.run shell "git pull && make"`,
		}},
		{"through a wrapper", "import subprocess\nsubprocess.run(['sudo', '-n', 'git', x])", []string{`2 subprocess.run shell "\"sudo\" \"-n\" \"git\" \"$_\""`}},
		{"what is not literal", "import os\nos.system(f'git -C {d} pull')\nos.system('a %s' % x)\nos.system('b {} {x}'.format(1))\nos.system('c ' + d)\nos.system(x)", []string{
			`2 os.system shell "git -C $_ pull"`, `3 os.system shell "a $_"`, `4 os.system shell "b $_ $_"`, `5 os.system shell "c $_"`,
		}},
		{"adjacent literals and escapes", "import os\nos.system('a\\x20b'\n  r'\\n' b'c' f'{{}}')", []string{`2 os.system shell "a b\\nc{}"`}},
		{"split", "import subprocess, shlex\nsubprocess.run('git status'.split())\nsubprocess.run(shlex.split('a -b ' + c))", []string{
			`2 subprocess.run program "git"`, `3 subprocess.run program "a"`,
		}},
		{"through a name", "import subprocess\ncmd = ['git', 'log']\nsubprocess.run(cmd)\nsubprocess.run(cmd + ['x'])\ncmd = other()\nsubprocess.run(cmd)", []string{
			`3 subprocess.run program "git"`, `4 subprocess.run program "git"`,
		}},
		{"a name in a list", "import subprocess\nGIT: str = 'git'\nsubprocess.run([GIT, 'log'])", []string{`3 subprocess.run program "git"`}},
		{"an argument hides a name", "import subprocess\ncmd = ['git']\ndef f(cmd):\n  subprocess.run(cmd)", nil},
		{"a loop", "import shutil\nfor tool in ('git', 'hg'):\n  shutil.which(tool)", []string{`3 shutil.which program "git"`, `3 shutil.which program "hg"`}},
		{"in an f-string", "import subprocess\nx = f\"{subprocess.check_output(['git'])!r} {y}\"", []string{`2 subprocess.check_output program "git"`}},
		{"sh", "import sh\nfrom sh import hg\nsh.apt_get('x')\nsh.Command('git')\nsh.ErrorReturnCode(1)", []string{
			`2 sh program "hg"`, `3 sh program "apt-get"`, `4 sh.Command program "git"`,
		}},
		{"plumbum", "from plumbum import local\nfrom plumbum.cmd import ls\nlocal['git']", []string{`2 plumbum.cmd program "ls"`, `3 plumbum.local program "git"`}},
		{"compilers", "import torch\nimport cffi\n@torch.compile\ndef f(): pass\ng = torch.compile(f)\nffi.verify('x')\nsigner.verify('x')", []string{
			`3 torch.compile implies "gcc"`, `5 torch.compile implies "gcc"`, `6 ffi.verify implies "gcc"`,
		}},
		{"in comments and strings", "import os\n# os.system('a')\nx = \"os.system('b')\"", nil},
		{"empty", "import os\nos.system('')\nos.system()\nos.system(", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := show(source.Source{Calls: pysource.Scan([]byte(c.src)).Calls})
			if c.want == nil {
				c.want = []string{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLibraries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"ctypes", "import ctypes, ctypes.util\nctypes.CDLL('libmagic.so.1')\nctypes.util.find_library('zbar')\nctypes.cdll.LoadLibrary('/opt/x/liby.so')", []string{
			`2 library libmagic.so.1 by CDLL("libmagic.so.1")`, `3 library libzbar.so* by find_library("zbar")`, `4 library /opt/x/liby.so by LoadLibrary("/opt/x/liby.so")`,
		}},
		{"aliases", "from ctypes.util import find_library as _find\nfrom ctypes import cdll\n_find('a')\ncdll.LoadLibrary('libb.so')", []string{
			`3 library liba.so* by find_library("a")`, `4 library libb.so by LoadLibrary("libb.so")`,
		}},
		{"cffi", "from cffi import FFI\nffi = FFI()\nx = ffi.dlopen('cairo')\ny = self._ffi.dlopen(\"libpango-1.0.so.0\")", []string{
			`3 library libcairo.so* by dlopen("cairo")`, `4 library libpango-1.0.so.0 by dlopen("libpango-1.0.so.0")`,
		}},
		{"any literal", "from x import dlopen\ndlopen(ffi, 'gobject-2.0-0', 'libgobject-2.0.so.0', 'libgobject-2.0.dylib')", []string{
			`2 library libgobject-2.0.so.0 by "libgobject-2.0.so.0"`,
		}},
		{"through names and loops", "from ctypes.util import find_library\nnames = ['gdal', 'gdal3.6.0']\nfor n in names:\n  find_library(n)", []string{
			`4 library libgdal.so* by find_library("gdal")`, `4 library libgdal3.6.0.so* by find_library("gdal3.6.0")`,
		}},
		{"once each", "import ctypes\nctypes.CDLL('liba.so.1')\nctypes.CDLL('liba.so.1')", []string{`2 library liba.so.1 by CDLL("liba.so.1")`}},
		{"not whole names", "import ctypes\n'libx.so.1 is needed'\n'lib.so'\n'x.so'\n'libx.so.'\n'libx.sox'\n'rel/liby.so'\nctypes.CDLL('magic')\nctypes.CDLL(x)\nf'lib{x}.so'", nil},
		{"nothing without the words", "x = 'libmagic.so.1'", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := show(source.Source{Libraries: pysource.Scan([]byte(c.src)).Libraries})
			if c.want == nil {
				c.want = []string{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// ScanLibraries skips sources without certain words; the list must be complete.
func TestScanLibraries(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"import ctypes as c\nc.CDLL('liba.so')", "from ctypes.util import find_library as f\nf('a')", "x.dlopen('a')", "import cffi\nx = 'liba.so.1'",
	} {
		whole, got := pysource.Scan([]byte(src)).Libraries, pysource.ScanLibraries([]byte(src))
		if diff := cmp.Diff(whole, got); diff != "" || len(got) == 0 {
			t.Errorf("%q (-Scan +ScanLibraries):\n%s%v", src, diff, got)
		}
	}
	if got := pysource.ScanLibraries([]byte("import os\nx = 'liba.so.1'")); got != nil {
		t.Errorf("found %v", got)
	}
}

// Sources that would take long if each error were searched to the end of the
// file.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"open f-strings":    strings.Repeat("f'''{\n", 200_000),
		"nested f-strings":  strings.Repeat("f'{", 200_000),
		"open brackets":     "import os\n" + strings.Repeat("os.system(", 200_000),
		"open calls, lines": "import os\n" + strings.Repeat("os.system(f'{\n", 200_000),
		"backslashes":       "'''" + strings.Repeat(`\`, 1_000_000) + "'''",
		"quotes":            "'''" + strings.Repeat(`\'`, 500_000),
		"lists":             "import os\nos.system(" + strings.Repeat("[", 200_000),
		"one line":          "import os\nx = [" + strings.Repeat("1,", 500_000) + "os.system('git')]",
		"deep blocks":       blocks(2000),
	} {
		t.Run(name, func(t *testing.T) {
			got := pysource.Scan([]byte(src))
			if name == "one line" && len(got.Calls) != 1 {
				t.Errorf("calls %v", got.Calls)
			}
		})
	}
}

func blocks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "try:\n")
	}
	return b.String()
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("import os\ntry:\n\timport a\nexcept ImportError: pass\nos.system(f'git {x!r:>{w}}')"))
	f.Add([]byte("from ctypes import *\nx = CDLL(\"\"\"liba.so.1\"\"\")\n@\\"))
	f.Add([]byte("import subprocess as s\ns.run(['git'] + [f\"{s.run('a b'.split())}\"], shell=True)"))
	f.Fuzz(func(t *testing.T, src []byte) {
		got := pysource.Scan(src)
		lines := 1 + strings.Count(string(src), "\n")
		check := func(line int) {
			if line < 1 || line > lines {
				t.Errorf("line %d of %d", line, lines)
			}
		}
		for _, i := range got.Imports {
			check(i.Line)
			if i.Module == "" && i.Level == 0 {
				t.Errorf("import of nothing: %+v", i)
			}
		}
		for _, c := range got.Calls {
			check(c.Line)
			if c.Arg == "" {
				t.Errorf("call of nothing: %+v", c)
			}
		}
		for _, l := range got.Libraries {
			check(l.Line)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	src := []byte(strings.Repeat(benchSource, 200))
	for name, scan := range map[string]func([]byte){
		"whole": func(src []byte) { pysource.Scan(src) }, "libraries": func(src []byte) { pysource.ScanLibraries(src) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				scan(src)
			}
		})
	}
}

const benchSource = `
import os
from collections import namedtuple

class Thing(namedtuple("Thing", "a b c")):
    """A thing that is here for its size, with a text of some length that says nothing."""

    def method(self, first, second=None, *args, **kwargs):
        # A comment on what follows.
        if first is not None and second in ("one", "two", "three"):
            return {"key": first[0].attribute, "other": [x + 1 for x in range(100)]}
        raise ValueError("no such thing: %r" % (second,))
`
