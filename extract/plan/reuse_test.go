package plan_test

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// fill is enough content for a little waste not to matter.
var fill = strings.Repeat("x", 1000)

// stale takes files for unused that end with ".stale", as an ecosystem does with its
// own, unless the base has one of that name.
var stale = &ecosystem.Ecosystem{Unused: func(it *selection.Item, base *layers.Tree) bool {
	_, err := base.Lookup(it.Path)
	return strings.HasSuffix(it.Path, ".stale") && err != nil
}}

// with is a layer with something worth using.
func with(more ...lt.Entry) []lt.Entry { return append([]lt.Entry{lt.File("opt/fill", fill)}, more...) }

func TestReuseLayers(t *testing.T) {
	t.Parallel()
	base := []lt.Entry{
		lt.Dir("etc"), lt.File("etc/conf", ""), lt.File("etc/gone", ""), lt.File("etc/x.stale", ""), lt.Dir("var"), lt.Dir("var/full"), lt.File("var/full/f", ""), lt.Dir("var/empty"),
		lt.Symlink("bin", "usr/bin"), lt.Dir("usr"), lt.Dir("usr/bin"), lt.Dir("opt"), lt.Symlink("loop", "loop"),
	}
	for _, c := range []struct {
		name   string
		layers [][]lt.Entry
		marks  []string
		want   []int
	}{
		{"what is kept", [][]lt.Entry{with()}, nil, []int{0}},
		{"what is kept in all layers", [][]lt.Entry{with(), {lt.File("srv/a", fill)}, {lt.File("srv/b", fill)}}, nil, []int{0, 1, 2}},
		{"what is dropped", [][]lt.Entry{with(lt.File("srv/a", ""))}, []string{"dropped: srv/a"}, nil},
		{"what is dropped in one of three", [][]lt.Entry{with(), {lt.File("srv/a", fill), lt.File("srv/b", "")}, {lt.File("srv/c", fill)}}, []string{"dropped: srv/b"}, []int{0, 2}},
		{"what nothing reads", [][]lt.Entry{with(lt.File("srv/a", ""))}, []string{"unused: srv/a"}, []int{0}},
		{"what an ecosystem does not read", [][]lt.Entry{with(lt.File("srv/a.stale", ""))}, []string{"dropped: srv/a.stale"}, []int{0}},
		{"what an ecosystem does not read without the base", [][]lt.Entry{with(lt.File("etc/x.stale", "1"))}, []string{"dropped: etc/x.stale"}, nil},

		{"a tenth of it waste", [][]lt.Entry{{lt.File("a", strings.Repeat("x", 90)), lt.File("b", strings.Repeat("x", 10))}}, []string{"unused: b"}, []int{0}},
		{"over a tenth of it waste", [][]lt.Entry{{lt.File("a", strings.Repeat("x", 90)), lt.File("b", strings.Repeat("x", 11))}}, []string{"unused: b"}, nil},
		{"over a tenth of it waste, and a second name", [][]lt.Entry{{lt.File("a", strings.Repeat("x", 90)), lt.Hardlink("c", "a"), lt.File("b", strings.Repeat("x", 11))}}, []string{"unused: b"}, nil},
		{"over a tenth of it written again", [][]lt.Entry{{lt.File("a", strings.Repeat("x", 80)), lt.File("b", strings.Repeat("x", 11))}, {lt.File("b", strings.Repeat("y", 11)), lt.File("c", ""), lt.File("d", strings.Repeat("x", 200))}}, []string{"dropped: c"}, nil},
		{"a little of it written again", [][]lt.Entry{with(lt.File("b", "x")), {lt.File("b", "y"), lt.File("c", "")}}, []string{"dropped: c"}, []int{0}},
		{"nothing but directories", [][]lt.Entry{{lt.Dir("srv"), lt.Dir("srv/d")}}, nil, []int{0}},

		{"what the base has", [][]lt.Entry{with(lt.File("etc/conf", ""))}, []string{"in base: etc/conf"}, []int{0}},
		{"what the base has, changed and changed back", [][]lt.Entry{with(lt.File("etc/conf", "1")), {lt.File("etc/conf", ""), lt.File("a", "")}}, []string{"in base: etc/conf", "dropped: a"}, nil},
		{"what is dropped, and was another file before", [][]lt.Entry{with(lt.File("srv/a", "1")), {lt.File("srv/a", ""), lt.File("a", "")}}, []string{"unused: srv/a", "dropped: a"}, nil},
		{"what is written elsewhere", [][]lt.Entry{with(lt.File("srv/a", ""))}, []string{"to srv/b: srv/a"}, nil},
		{"what is removed later", [][]lt.Entry{with(lt.File("srv/a", "")), {lt.Whiteout("srv/a"), lt.File("a", "")}}, []string{"dropped: a"}, nil},
		{"what is removed in a layer used too", [][]lt.Entry{with(lt.File("srv/a", "")), {lt.Whiteout("srv/a"), lt.File("a", "")}}, nil, []int{0, 1}},
		{"a directory whose header is removed later", [][]lt.Entry{with(lt.Dir("srv"), lt.File("srv/a", "")), {lt.Whiteout("srv"), lt.File("srv/b", ""), lt.File("a", "")}}, []string{"dropped: a"}, nil},
		{"the other name of another layer's file", [][]lt.Entry{with(lt.File("a", ""), lt.File("b", "")), {lt.Hardlink("c", "a"), lt.File("d", fill)}, {lt.File("e", fill)}}, []string{"dropped: b"}, []int{2}},
		{"a path through a loop of the base", [][]lt.Entry{with(lt.File("loop/a", "")), {lt.File("a", fill)}}, nil, []int{1}},

		{"a whiteout of what the base has", [][]lt.Entry{with(lt.Whiteout("etc/conf"))}, nil, nil},
		{"a whiteout of what the base loses", [][]lt.Entry{with(lt.Whiteout("etc/gone"))}, nil, []int{0}},
		{"a whiteout of what the base lacks", [][]lt.Entry{with(lt.Whiteout("etc/fat"))}, nil, []int{0}},
		{"an opaque directory of the base", [][]lt.Entry{with(lt.Opaque("var/full"))}, nil, nil},
		{"an empty opaque directory of the base", [][]lt.Entry{with(lt.Opaque("var/empty"))}, nil, []int{0}},
		{"an opaque directory that the base lacks", [][]lt.Entry{with(lt.Opaque("srv"))}, nil, []int{0}},
		{"a device", [][]lt.Entry{with(lt.Special("srv/a", '3'))}, nil, nil},
		{"a fifo", [][]lt.Entry{with(lt.Special("srv/a", '6'))}, nil, nil},
		{"a path through a link of the base", [][]lt.Entry{with(lt.File("bin/a", ""))}, nil, nil},
		{"a path through a link that FAT has too", [][]lt.Entry{with(lt.Symlink("bin", "usr/bin"), lt.Dir("usr/bin")), {lt.File("bin/a", fill)}}, nil, []int{0}},
		{"a link of the base that is a directory", [][]lt.Entry{with(lt.Dir("bin"))}, nil, nil},
		{"what is made", [][]lt.Entry{with(lt.File("etc/made", ""))}, nil, nil},
		{"what is made, through a link of another layer", [][]lt.Entry{{lt.Symlink("link", "etc"), lt.File("a", fill)}, {lt.File("link/made", ""), lt.File("b", fill)}}, nil, []int{0}},
		{"a symlink", [][]lt.Entry{with(lt.Symlink("srv/a", "b"))}, nil, []int{0}},
	} {
		s := newState(t, base, 0, c.layers, c.marks...)
		s.Selection.Removals = []selection.Removal{{Path: "etc/gone"}}
		s.Selection.Generated = []selection.Generated{{Entry: layers.Entry{Name: "etc/made"}}}
		plan.ReuseLayers(s, []*ecosystem.Ecosystem{stale})
		if !slices.Equal(s.Selection.Reused, c.want) {
			t.Errorf("%s: layers %v, want %v", c.name, s.Selection.Reused, c.want)
		}
		if got := s.Selection.Below != nil; got != (c.want != nil) {
			t.Errorf("%s: layers below: %t", c.name, got)
		}
	}
}

// Blobs that cannot be used as they are, or are not worth it.
func TestReuseBlobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		alter func(s *selection.State, blob *v1.Descriptor)
		want  []int
	}{
		{"as it is", func(*selection.State, *v1.Descriptor) {}, []int{1, 2}},
		{"Docker's", func(_ *selection.State, b *v1.Descriptor) { b.MediaType = types.DockerLayer }, []int{1, 2}},
		{"zstd", func(_ *selection.State, b *v1.Descriptor) { b.MediaType = types.OCILayerZStd }, []int{1, 2}},
		{"uncompressed", func(_ *selection.State, b *v1.Descriptor) { b.MediaType = types.OCIUncompressedLayer }, []int{2}},
		{"not for other registries", func(_ *selection.State, b *v1.Descriptor) { b.MediaType = types.DockerForeignLayer }, []int{2}},
		{"at other places", func(_ *selection.State, b *v1.Descriptor) { b.URLs = []string{"https://example.com"} }, []int{2}},
		{"as small as can be", func(_ *selection.State, b *v1.Descriptor) { b.Size = 256 << 10 }, []int{1, 2}},
		{"too small", func(_ *selection.State, b *v1.Descriptor) { b.Size = 256<<10 - 1 }, []int{2}},
		{"not read", func(s *selection.State, _ *v1.Descriptor) { s.Tables[1] = nil }, []int{2}},
		{"without blobs", func(s *selection.State, _ *v1.Descriptor) { s.Blobs = nil }, nil},
		{"on a base that was not read", func(s *selection.State, _ *v1.Descriptor) { s.Base.Tables = nil }, nil},
	} {
		s := newState(t, []lt.Entry{lt.Dir("etc")}, 1, [][]lt.Entry{{lt.File("cold", fill)}, {lt.File("a", fill)}, {lt.File("b", fill)}})
		c.alter(s, &s.Blobs[1])
		plan.ReuseLayers(s, nil)
		if !slices.Equal(s.Selection.Reused, c.want) {
			t.Errorf("%s: layers %v, want %v", c.name, s.Selection.Reused, c.want)
		}
	}
}

// The waste of layers that are used whole is kept, and what they show is below the plan.
func TestReuseKeepsWaste(t *testing.T) {
	t.Parallel()
	s := newState(t, []lt.Entry{lt.Dir("opt"), lt.File("etc/conf", "")}, 1, [][]lt.Entry{
		{lt.File("cold", fill)}, with(lt.File("tmp/a", "1"), lt.File("srv/b", "")), {lt.File("srv/left", fill), lt.File("srv/b", "2")},
	}, "unused: tmp/a", "dropped: srv/left")
	plan.ReuseLayers(s, nil)
	var kept []string
	for _, it := range s.Selection.Items {
		if it.Verdict == selection.Kept {
			kept = append(kept, it.Path+": "+it.Part.String())
		}
	}
	check(t, "kept", []string{"opt/fill: system", "srv/b: system", "tmp/a: dependencies"}, kept)
	below := s.Selection.Below()
	for name, want := range map[string]int{"etc/conf": 0, "opt/fill": 2, "tmp/a": 2, "srv/b": 2, "srv/left": -1, "cold": -1} {
		n, err := below.Lookup(name)
		if (err == nil) != (want >= 0) || err == nil && n.Pos.Layer != want {
			t.Errorf("below is %s: %+v, %v", name, n, err)
		}
	}
	check(t, "plan", []string{"layer 1 as it is", "system: 2 files", "  file srv/b @2.1"}, list(plan.New(s.Selection, s.Base)))
}
