package build

import (
	"errors"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// written puts a listing to the spool as a new layer.
func written(t *testing.T, entries ...lt.Entry) *image.SpooledLayer {
	t.Helper()
	sp, err := image.NewSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	disk, err := sp.Create()
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(disk)
	if _, err := w.Write(lt.Tar(entries...)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), disk.Close()); err != nil {
		t.Fatal(err)
	}
	return disk.Layer(v1.Hash{}, v1.Hash{}, types.OCILayer)
}

// What was written is compared with what was planned: whatever the writer does
// wrong is found before the push.
func TestCheck(t *testing.T) {
	t.Parallel()
	below := []lt.Entry{lt.File("etc/base", "b"), lt.Dir("d"), lt.File("d/kept", ""), lt.File("gone", ""), lt.Symlink("run", "d")}
	good := []lt.Entry{lt.File("app/a", "1"), lt.Script("app/b", "2").Chown(7, 7), lt.Whiteout("gone")}
	for _, c := range []struct {
		name  string
		layer []lt.Entry
		at    string // the path that the error names; "" if all is well
	}{
		{"as planned", good, ""},
		{"a file is missing", []lt.Entry{good[0], good[2]}, "app/b"},
		{"other content", []lt.Entry{lt.File("app/a", "x"), good[1], good[2]}, "app/a"},
		{"other owner", []lt.Entry{good[0], lt.Script("app/b", "2"), good[2]}, "app/b"},
		{"other mode", []lt.Entry{good[0], lt.File("app/b", "2").Chown(7, 7), good[2]}, "app/b"},
		{"other time", []lt.Entry{lt.File("app/a", "1").MTime(1), good[1], good[2]}, "app/a"},
		{"a removal is missing", good[:2], "gone"},
		{"a file of the base is overwritten", append([]lt.Entry{lt.File("etc/base", "x")}, good...), "etc/base"},
		{"a file of the base is hidden", append([]lt.Entry{lt.Whiteout("etc/base")}, good...), "etc/base"},
		{"a directory of the base is hidden", append([]lt.Entry{lt.Opaque("d")}, good...), "d/kept"},
		{"a directory stands over a link of the base", append([]lt.Entry{lt.Dir("run")}, good...), "run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			planned := lt.Tree(0, []lt.Entry{good[0], good[1]})
			plan := &plan.Plan{Expected: map[string]*layers.Entry{}}
			for _, name := range []string{"app/a", "app/b"} {
				n, err := planned.Lookup(name)
				if err != nil {
					t.Fatal(err)
				}
				plan.Expected[name] = n.Entry
			}
			table := lt.Table(below...)
			tree := layers.NewTree()
			if err := tree.Apply(0, table); err != nil {
				t.Fatal(err)
			}
			on := &analyze.Base{Image: &image.Image{Layers: []*image.Layer{{Table: table}}}, Base: selection.Base{Tree: tree}}
			_, _, err := Check(on, []Layer{{Layer: written(t, c.layer...)}}, plan, []selection.Removal{{Path: "gone"}}, nil)
			var wrong *AssemblyError
			switch {
			case c.at == "" && err != nil:
				t.Error(err)
			case c.at != "" && (!errors.As(err, &wrong) || wrong.Path != c.at):
				t.Errorf("error %v, want one at /%s", err, c.at)
			}
		})
	}
}
