package extract_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestQuestions(t *testing.T) {
	t.Parallel()
	const calls = "import subprocess\nsubprocess.run(['git', 'log'])\n"
	question := func(tool, keep string, mentions ...selection.Mention) selection.Question {
		return selection.Question{ID: "tool:" + tool, Text: tool + " is called, but the base lacks it", Keep: keep, Mentions: mentions}
	}
	for _, c := range []struct {
		name string
		user []lt.Entry
		opts selection.Options
		want []selection.Question
	}{
		{
			name: "a tool that several places call",
			user: []lt.Entry{
				lt.File("app/z.py", calls), lt.File("app/a.py", "import os, subprocess\n\nos.system('wget -q x | git apply')\nsubprocess.run(['git'])\n"),
			},
			want: []selection.Question{
				question("git", "deb:git",
					selection.Mention{Path: "app/a.py", Line: 3, Text: `os.system("wget -q x | git apply")`},
					selection.Mention{Path: "app/a.py", Line: 4, Text: `subprocess.run("git")`},
					selection.Mention{Path: "app/z.py", Line: 2, Text: `subprocess.run("git")`}),
				question("wget", "deb:wget", selection.Mention{Path: "app/a.py", Line: 3, Text: `os.system("wget -q x | git apply")`}),
			},
		},
		{
			name: "a script that nothing certain runs",
			user: []lt.Entry{lt.Script("app/maintain.sh", "#!/bin/sh\necho\n/usr/bin/curl x\n")},
			want: []selection.Question{question("curl", "deb:curl", selection.Mention{Path: "app/maintain.sh", Line: 3, Text: "/usr/bin/curl"})},
		},
		{
			name: "compilers",
			user: []lt.Entry{lt.File("app/model.py", "import torch, triton.language\n@torch.compile\ndef f(): pass\n")},
			want: []selection.Question{question("gcc", "deb:gcc",
				selection.Mention{Path: "app/model.py", Line: 1, Text: "import triton"}, selection.Mention{Path: "app/model.py", Line: 2, Text: "torch.compile"})},
		},
		{
			name: "a tool of the user's layers that is left behind",
			user: []lt.Entry{
				lt.File("app/a.py", "import os\nos.system('mine')\nos.system('gone x')\n"), lt.Script("usr/bin/mine", "elf"), lt.Script("usr/bin/gone", "elf"),
			},
			opts: selection.Options{Drop: patterns(t, "/usr/bin/gone")},
			want: []selection.Question{question("gone", "/usr/bin/gone", selection.Mention{Path: "app/a.py", Line: 3, Text: `os.system("gone x")`})},
		},
		{
			name: "kept, in the base, in no image, removed, or not named",
			user: []lt.Entry{
				lt.File("app/a.py", calls+"subprocess.run(['python3.9'])\nsubprocess.run(['nowhere'])\nsubprocess.run([x])\nsubprocess.run(['./git'])\nsubprocess.run(['svn'])\n"),
				lt.Whiteout("usr/bin/svn"),
			},
			opts: selection.Options{Keep: patterns(t, "/usr/bin/git")},
		},
		{
			name: "tests, distributions and the code that builds",
			user: []lt.Entry{
				lt.File("app/tests/a.py", calls), lt.File("app/test_a.py", calls), lt.File("app/setup.py", calls), lt.File(site+"/m.py", calls),
				lt.File("app/conftest.py", calls),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := v1.Config{WorkingDir: "/app", Env: []string{Path}}
			in, base := capturedScene(t, config, slimBase(), tools(), run("x", c.user...))
			sel, err := extract.Select(t.Context(), in, base, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, sel.Questions); diff != "" {
				t.Error(diff)
			}
		})
	}
}
