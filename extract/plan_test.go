package extract_test

import (
	"fmt"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Engines that unpack each layer into a directory of its own (overlay) show a
// directory as the topmost layer has it: one for which that has no header becomes
// root's, with mode 0755.
func TestPlanParents(t *testing.T) {
	t.Parallel()
	in, base := scene(t, v1.Config{WorkingDir: "/home/app/work", User: "app"}, slimBase(), nil,
		run("useradd", lt.Dir("home"), lt.Dir("home/app").Chown(1500, 1500), lt.File("home/app/.profile", ""), lt.File("root/data", "")),
		run("pip", lt.File("home/app/.local/lib/python3.9/site-packages/m.py", ""), lt.File("home/app/.local/lib/python3.9/site-packages/m-1.dist-info/RECORD", "m.py,,\n")),
		cp(". .", lt.Dir("home/app/work").Chown(1500, 1500), lt.File("home/app/work/app.py", "")))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan := plan.New(sel, base)
	if len(plan.Layers) != 3 {
		t.Fatalf("%d layers, want one of each part", len(plan.Layers))
	}
	for _, l := range plan.Layers {
		got := map[string]string{}
		for _, w := range l.Writes {
			if w.Entry.Kind == layers.Dir {
				if _, twice := got[w.Entry.Name]; twice {
					t.Errorf("%s layer: two headers of %s", l.Part, w.Entry.Name)
				}
				got[w.Entry.Name] = fmt.Sprintf("%d %o", w.Entry.UID, w.Entry.Mode)
			}
		}
		if got["home/app"] != "1500 755" {
			t.Errorf("%s layer: home/app is %q", l.Part, got["home/app"])
		}
		if mode, ok := got["root"]; ok != (l.Part == selection.System) || ok && mode != "0 700" {
			t.Errorf("%s layer: root is %q", l.Part, mode)
		}
		if _, ok := got["usr"]; ok {
			t.Errorf("%s layer: usr has a header", l.Part)
		}
	}
}
