package extract_test

import (
	"strings"
	"testing"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// captured is a file as the capture of assemble leaves it.
func captured(t *testing.T, e lt.Entry) *layers.Node {
	t.Helper()
	tree := layers.NewTree()
	if err := tree.Apply(0, capturedTable(t, e)); err != nil {
		t.Fatal(err)
	}
	n, err := tree.Lookup(e.Name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPythonSource(t *testing.T) {
	t.Parallel()
	const text = "import os, ctypes\nos.system('git pull')\nctypes.CDLL('libmagic.so.1')\n"
	for _, c := range []struct {
		name  string
		entry lt.Entry
		want  string // "imports calls libraries", a letter each
	}{
		{"of the application", lt.File("app/main.py", text), "iicl"},
		{"without a suffix", lt.Script("app/manage", "#!/usr/bin/env python3\n"+text), "iicl"},
		{"of a distribution", lt.File(site+"/m.py", text), "l"},
		{"of the standard library", lt.File("usr/local/lib/python3.9/webbrowser.py", text), ""},
		{"without anything of interest", lt.File("app/empty.py", "x = 1\n"), ""},
		{"of another language", lt.File("app/main.rb", text), ""},
		{"beyond the limit", lt.File("app/data.py", text+strings.Repeat("#", 4<<20)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := captured(t, c.entry)
			got := ""
			if src := evidence.Source(n); src != nil {
				got = strings.Repeat("i", len(src.Imports)) + strings.Repeat("c", len(src.Calls)) + strings.Repeat("l", len(src.Libraries))
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == "" && n.Evidence != nil {
				t.Errorf("evidence of a file without content of interest: %q", n.Evidence)
			}
		})
	}
}
