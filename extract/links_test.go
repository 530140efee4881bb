package extract_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func TestLinks(t *testing.T) {
	t.Parallel()
	const kept, link = "kept, workdir", "kept, link"
	cold := []lt.Entry{
		lt.File("usr/share/zoneinfo/Europe/Berlin", "TZif"), lt.Symlink("usr/share/zoneinfo/Germany", "Europe/Berlin"), lt.Dir("usr/share/fonts"), lt.File("usr/share/fonts/a.ttf", ""),
	}
	sel := choose(t, v1.Config{WorkingDir: "/app"}, selection.Options{Minimal: true, Drop: patterns(t, "/opt/secret")}, nil, cold, run("x",
		lt.Symlink("app/localtime", "/usr/share/zoneinfo/Germany"), lt.Symlink("app/fonts", "/usr/share/fonts"), lt.Symlink("app/data", "../mnt/x"),
		lt.File("mnt/x/deep/d", ""), lt.Symlink("mnt/x/more", "/opt/more"), lt.File("opt/more", ""), lt.File("opt/unlinked", ""),
		lt.Symlink("app/current", "releases/3"), lt.File("app/releases/3/v", ""), lt.Symlink("app/nowhere", "/usr/share/none"), lt.Symlink("app/mine", "/home/none"),
		lt.Symlink("app/tmp", "/tmp"), lt.File("tmp/junk", ""), lt.Symlink("app/cache", "/tmp/cache"), lt.File("tmp/cache/c", ""),
		lt.Symlink("app/secret", "/opt/secret"), lt.File("opt/secret", ""), lt.Symlink("app/loop", "loop"), lt.Symlink("app/way", "/hop/deep/d"), lt.Symlink("hop", "mnt/x")))
	want := map[string]string{
		"app/localtime": kept, "usr/share/zoneinfo/Germany": link, "usr/share/zoneinfo/Europe/Berlin": link, "app/data": kept, "mnt/x/deep/d": link,
		"mnt/x/more": link, "opt/more": link, "opt/unlinked": "dropped, none", "app/current": kept, "app/releases/3/v": kept, "app/nowhere": kept,
		"tmp/junk": "dropped, caches", "tmp/cache/c": link, "opt/secret": "dropped, drop", "app/loop": kept, "hop": link,
	}
	if diff := cmp.Diff(want, rules(sel, want)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	questions := []selection.Question{{
		ID: "link:/usr/share/fonts", Keep: "/usr/share/fonts", Mentions: []selection.Mention{{Path: "app/fonts", Text: "-> /usr/share/fonts"}},
		Text: "a kept link leads to the directory /usr/share/fonts of the original base image, but the base lacks it",
	}}
	if diff := cmp.Diff(questions, sel.Questions); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

// A directory that holds only caches does not exist for a link.
func TestLinkToCaches(t *testing.T) {
	t.Parallel()
	sel := choose(t, v1.Config{}, selection.Options{}, nil, nil, run("x",
		lt.Symlink("srv/data", "/tmp/data"), lt.Dir("tmp/data"), lt.File("tmp/data/d", ""), lt.File("tmp/other", "")))
	want := map[string]string{"tmp/data/d": "kept, link", "tmp/other": "dropped, caches"}
	if diff := cmp.Diff(want, rules(sel, want)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

func TestShebangs(t *testing.T) {
	t.Parallel()
	cold := []lt.Entry{lt.Symlink("usr/bin/python3", "python3.9"), lt.Script("usr/bin/python3.9", "elf"), lt.Script("usr/bin/tclsh", "elf"), lt.Script("usr/bin/m4", "elf")}
	sel := choose(t, v1.Config{WorkingDir: "/app", Entrypoint: []string{"/run.tcl"}, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}}, selection.Options{Minimal: true},
		[]lt.Entry{lt.Script("usr/bin/env", "elf")}, cold,
		run("x", lt.Script("usr/local/bin/debian", "#! /usr/bin/python3 -E\nprint()"), lt.Script("run.tcl", "#!/usr/bin/env -S A=1 tclsh\n"),
			lt.Script("app/shell", "#!/bin/sh\n"), lt.Script("app/mine", "#!/opt/lang/bin/lang\r\n"), lt.Script("opt/lang/bin/lang", "elf"),
			lt.Script("app/b.m4", "#!/usr/bin/m4 -I.\n"), lt.Script("app/a.m4", "#!/usr/bin/env m4\n"), lt.File("app/text", "#!/usr/bin/wish\n"),
			lt.Script("app/node", "#!/usr/bin/env node\n"), lt.Script("app/odd", "#!relative\n"), lt.Script("app/empty", "#!\n\n\n"),
			lt.Script(site+"/pkg/tool.py", "#!/usr/bin/make\n")))
	want := map[string]string{
		"usr/bin/python3": "kept, shebang", "usr/bin/python3.9": "kept, shebang", "usr/bin/tclsh": "kept, shebang", "opt/lang/bin/lang": "kept, shebang",
	}
	if diff := cmp.Diff(want, rules(sel, map[string]string{"usr/bin/python3": "", "usr/bin/python3.9": "", "usr/bin/tclsh": "", "opt/lang/bin/lang": "", "usr/bin/m4": ""})); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	questions := []selection.Question{{
		ID: "interpreter:m4", Text: "m4 starts kept scripts, but the base lacks it", Keep: "deb:m4",
		Mentions: []selection.Mention{{Path: "app/a.m4", Line: 1, Text: "#!/usr/bin/env m4"}, {Path: "app/b.m4", Line: 1, Text: "#!/usr/bin/m4 -I."}},
	}}
	if diff := cmp.Diff(questions, sel.Questions); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

// What leads nowhere that an official image has files costs no cold layer, and
// neither do questions.
func TestFollowReadsNoColdLayer(t *testing.T) {
	t.Parallel()
	in, base := capturedScene(t, v1.Config{WorkingDir: "/app", Volumes: map[string]struct{}{"/vol": {}}}, slimBase(lt.Script("usr/bin/env", "elf")), nil, run("x",
		lt.Symlink("app/python", "/opt/homebrew/bin/python3"), lt.Symlink("app/local", "/usr/local/bin/python3.13"), lt.Symlink("app/self", "missing"),
		lt.Script("app/run", "#!/usr/bin/python3\n"), lt.Script("app/x", "#!/opt/none\n"), lt.File("app/owned", "").Chown(1000, 1000)))
	stack, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) {
		return nil, errors.New("a layer of the original base image was read")
	})
	if err != nil {
		t.Fatal(err)
	}
	stack.Upper = in.Stack.Upper
	in.Stack = stack
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(sel.Questions) != 1 || sel.Questions[0].ID != "interpreter:python3" || sel.Questions[0].Keep != "deb:python3-minimal" {
		t.Errorf("questions %+v", sel.Questions)
	}
}
