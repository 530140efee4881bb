package parity_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/python/parity"
)

// site is a directory of distributions with every kind of failure.
var site = map[string]string{
	"good-1.dist-info/METADATA":          "Metadata-Version: 2.1\nName: Good\nVersion: 1\n",
	"good-1.dist-info/RECORD":            "good/__init__.py,,\ngood/data.txt,,\ngood-1.dist-info/RECORD,,\n../bin/good,,\n\"../bin/plain\",,\n../bin/shell,,\nsingle.py,,\n",
	"good-1.dist-info/entry_points.txt":  "[other]\nx = y\n\n[console_scripts]\ngood = good:main\ngood3.1 = good:main\n",
	"good/__init__.py":                   "",
	"single.py":                          "import sys; assert sys.argv == ['-c'], sys.argv",
	"bad-2.dist-info/METADATA":           "Name: bad\n",
	"bad-2.dist-info/RECORD":             "lost.py,,\nlibrary.py,,\noptional.py,,\nwrong.py,,\nleaves.py,,\ncrash.py,,\n__editable___x_finder.py,,\n../bin/gone,,\n../bin/broken,,\n../bin/rude,,\n",
	"bad-2.dist-info/entry_points.txt":   "[console_scripts]\ngone = x:y\nbroken = x:y\nrude=x:y\n",
	"lost.py":                            "import single.part",
	"library.py":                         "import ctypes; ctypes.CDLL('libthere-is-none.so.1')",
	"optional.py":                        "import nobody_has_this",
	"wrong.py":                           "raise ValueError('no setting')",
	"leaves.py":                          "raise SystemExit(0)",
	"crash.py":                           "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
	"old-3.egg-info/PKG-INFO":            "Name: old\n",
	"old-3.egg-info/top_level.txt":       "old\nno/module\n",
	"old-3.egg-info/installed-files.txt": "../old.py\n",
	"old.py":                             "",
}

// The program finds what is installed and reports each outcome, with the
// interpreter on PATH.
func TestProgram(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on PATH")
	}
	dir := t.TempDir()
	put := func(name, content string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range site {
		put("site/"+name, content, 0o644)
	}
	put("bin/good", "#!/usr/bin/env python3\nimport sys; assert sys.argv[1:] == ['--help']\n", 0o755)
	put("bin/plain", "#!/usr/bin/env python3\n", 0o755)
	put("bin/shell", "#!/bin/sh\nexit 1\n", 0o755)
	put("bin/broken", "#!/usr/bin/env python3\nimport good.part\n", 0o755)
	put("bin/rude", "#!/usr/bin/env python3\nimport sys; sys.exit('usage: rude')\n", 0o755)

	check := func(items []parity.Item) map[string]string {
		t.Helper()
		request, err := parity.Request(items)
		if err != nil {
			t.Fatal(err)
		}
		var said, complaints bytes.Buffer
		cmd := exec.Command(python, "-S", "-c", parity.Program) // without the interpreter's own distributions
		cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(dir, "site"))
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &said, &complaints
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, complaints.String())
		}
		outcomes, err := parity.Parse(&said)
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string]string)
		for _, o := range outcomes {
			if filepath.Dir(o.Metadata) != filepath.Join(dir, "site") {
				t.Errorf("found %s in %s", o.Name, o.Metadata)
			}
			how := o.Distribution + ": " + o.State
			if o.Missing != "" {
				how += ", missing " + o.Missing
			}
			if o.Own {
				how += " of its own"
			}
			found[o.Kind+" "+o.Name] = how
		}
		return found
	}
	want := map[string]string{
		"import good": "Good: ok", "import single": "Good: ok", "script good": "Good: ok", "script plain": "Good: ok",
		"import lost": "bad: exit, missing module of its own", "import library": "bad: exit, missing library",
		"import optional": "bad: exit, missing module", "import wrong": "bad: exit", "import leaves": "bad: ok", "import crash": "bad: signal",
		"script gone": "bad: absent", "script broken": "bad: exit, missing module of its own", "script rude": "bad: exit",
		"import old": "old: ok",
	}
	if diff := cmp.Diff(want, check(nil)); diff != "" {
		t.Error(diff)
	}
	item := parity.Item{Kind: parity.Import, Distribution: "bad", Name: "wrong", Metadata: filepath.Join(dir, "site/bad-2.dist-info"), Retry: true}
	if diff := cmp.Diff(map[string]string{"import wrong": "bad: exit"}, check([]parity.Item{item})); diff != "" {
		t.Error(diff)
	}
}
