package extract_test

import (
	"context"
	"errors"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// step is a user layer with its history.
type step struct {
	text    string
	entries []lt.Entry
}

func run(text string, entries ...lt.Entry) step { return step{"RUN /bin/sh -c " + text, entries} }
func cp(text string, entries ...lt.Entry) step  { return step{"COPY " + text + " # buildkit", entries} }

const site = "usr/local/lib/python3.9/site-packages"

// slimBase is what every case stands on unless it says otherwise.
func slimBase(more ...lt.Entry) []lt.Entry {
	return append([]lt.Entry{
		lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("usr/lib"), lt.Symlink("bin", "usr/bin"), lt.Symlink("lib", "usr/lib"),
		lt.Dir("etc"), lt.Dir("tmp").Chmod(0o1777), lt.Dir("root").Chmod(0o700), lt.Dir("app-of-base"),
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\n"),
		lt.File("etc/os-release", "VERSION_CODENAME=bullseye\n"),
		lt.Dir("var"), lt.Dir("var/lib"), lt.Dir("var/lib/dpkg"), lt.Dir("var/lib/dpkg/info"),
		lt.File("var/lib/dpkg/status", "Package: libc6\nStatus: install ok installed\n\n"),
		lt.File("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/etc/libc.conf\n"),
		lt.File("usr/lib/libc.so.6", "elf"), lt.File("etc/libc.conf", ""), lt.Script("usr/bin/sh", "elf"),
		lt.Dir("usr/local"), lt.Dir("usr/local/bin"), lt.Dir("usr/local/lib"), lt.Dir("usr/local/lib/python3.9"), lt.Dir(site),
		lt.Script("usr/local/bin/python3.9", "elf"), lt.File("usr/local/lib/python3.9/os.py", "# os"),
		lt.File("usr/local/lib/python3.9/lib-dynload/_ssl.cpython-39-x86_64-linux-gnu.so", "elf"),
		lt.Dir(site + "/pip"), lt.File(site+"/pip/__init__.py", "24"), lt.File(site+"/pip/only24.py", "24"),
		lt.File(site+"/pip-24.0.dist-info/RECORD", "pip/__init__.py,,\npip/only24.py,,\n../../../bin/pip3.9,,\npip-24.0.dist-info/RECORD,,\n"),
		lt.Script("usr/local/bin/pip3.9", "#!python"),
	}, more...)
}

// scene builds the inputs of Select: layers of the user's above one cold
// layer, so that no case depends on the original base image. All content is captured.
func scene(t *testing.T, config v1.Config, base []lt.Entry, cold []lt.Entry, steps ...step) (*selection.Image, *selection.Base) {
	t.Helper()
	return sceneOf(t, lt.Table, config, base, cold, steps...)
}

// capturedScene is scene with the capture that assemble uses.
func capturedScene(t *testing.T, config v1.Config, base []lt.Entry, cold []lt.Entry, steps ...step) (*selection.Image, *selection.Base) {
	t.Helper()
	return sceneOf(t, func(entries ...lt.Entry) *layers.Table { return capturedTable(t, entries...) }, config, base, cold, steps...)
}

func sceneOf(t *testing.T, table func(...lt.Entry) *layers.Table, config v1.Config, base, cold []lt.Entry, steps ...step) (*selection.Image, *selection.Base) {
	t.Helper()
	tree := layers.NewTree()
	if err := tree.Apply(0, table(base...)); err != nil {
		t.Fatal(err)
	}
	b := &selection.Base{
		Tree: tree, Config: &v1.ConfigFile{OS: "linux", Architecture: "amd64"},
		Runtime: selection.Runtime{Version: "3.9.2"}, Release: "bullseye",
	}
	cf := &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config}
	cf.History = append(cf.History, v1.History{CreatedBy: "# debian.sh --arch 'amd64' out/ 'bullseye'"})
	cf.RootFS.DiffIDs = make([]v1.Hash, 1+len(steps))
	stack, err := layers.NewStack(1,
		func(tree *layers.Tree) error {
			return errors.Join(tree.Assume("bin", "usr/bin"), tree.Assume("lib", "usr/lib"))
		},
		func(context.Context, int) (*layers.Table, error) { return table(cold...), nil })
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		cf.History = append(cf.History, v1.History{CreatedBy: s.text})
		if err := stack.Upper.Apply(1+i, table(s.entries...)); err != nil {
			t.Fatal(err)
		}
	}
	return &selection.Image{Config: cf, Stack: stack, Runtime: selection.Runtime{Version: "3.9.2"}, Release: "bullseye"}, b
}

// verdicts renders a selection's paths except directories: "app/a.py: kept, copied
// (application)".
func verdicts(sel *selection.Selection) map[string]string {
	out := make(map[string]string)
	for _, it := range sel.Items {
		if it.Kind == layers.Dir {
			continue
		}
		s := it.Verdict.String() + ", " + it.Reason.Rule.Name
		if it.Verdict == selection.Kept {
			s += " (" + it.Part.String() + ")"
		}
		out[it.Path] = s
	}
	return out
}

// written renders a plan as the names that its layers hold.
func written(p *plan.Plan) []string {
	out := []string{}
	for _, l := range p.Layers {
		for _, w := range l.Writes {
			name := w.Entry.Name
			switch w.Entry.Kind {
			case layers.Dir:
				name += "/"
			case layers.Hardlink:
				name += " = " + w.Entry.Link
			case layers.Symlink:
				name += " -> " + w.Entry.Link
			}
			out = append(out, l.Part.String()+": "+name)
		}
	}
	return out
}

func patterns(t *testing.T, texts ...string) (out []selection.Pattern) {
	t.Helper()
	for _, s := range texts {
		p, err := selection.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}
