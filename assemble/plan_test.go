package assemble_test

import (
	"errors"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// nativeHub is a registry with a base and an image that needs something of its
// original base.
func nativeHub(t *testing.T) *hub {
	t.Helper()
	h := lab(t)
	h.push("app:native", sample.Native, sample.Config{})
	h.forget()
	return h
}

func (h *hub) options(t *testing.T, all bool) assemble.PlanOptions {
	t.Helper()
	return assemble.PlanOptions{
		Access: image.Access{Session: reference.Options{TempDir: t.TempDir()}}, Choices: analyze.Choices{Base: h.ref("library/python")}, All: all,
	}
}

func (h *hub) plan(t *testing.T, all bool) *report.Plan {
	t.Helper()
	rep, err := assemble.Plan(t.Context(), h.ref("app:native"), h.options(t, all))
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func (h *hub) explainIn(t *testing.T, ref reference.Ref, what explain.Query, all bool) (*report.Explanation, error) {
	t.Helper()
	o := h.options(t, all)
	return assemble.Explain(t.Context(), ref, what, assemble.ExplainOptions{Access: o.Access, Choices: o.Choices, All: all})
}

func (h *hub) explain(t *testing.T, text string, all bool) *report.Explanation {
	t.Helper()
	what, err := explain.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	x, err := h.explainIn(t, h.ref("app:native"), what, all)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// What a plan says is what slimming does; the sizes are near, and the layers of
// the original base image are read only where something of them is kept.
func TestPlanMatchesSlim(t *testing.T) {
	t.Parallel()
	for _, image := range []string{"app:fat", "app:native"} {
		h := nativeHub(t)
		plan, err := assemble.Plan(t.Context(), h.ref(image), h.options(t, false))
		if err != nil {
			t.Fatal(err)
		}
		if sent := h.seen("^(POST|PUT|PATCH) "); len(sent) > 0 {
			t.Errorf("%s: a plan writes: %v", image, sent)
		}
		h.forget()
		rep, err := h.slim(image, "app:slim")
		if err != nil {
			t.Fatal(err)
		}
		p, s := plan.Platforms[0], rep.Platforms[0]
		if len(p.Groups) == 0 || !reflect.DeepEqual(p.Groups, s.Groups) {
			t.Errorf("%s: groups are %+v, and were to be %+v", image, s.Groups, p.Groups)
		}
		for _, c := range []struct {
			name      string
			got, want int64
			tolerance float64
		}{
			{"unpacked", p.Bytes.Unpacked.After, s.Bytes.Unpacked.After, 0.005},
			{"compressed", p.Bytes.Compressed.After, s.Bytes.Compressed.After, 0.03},
		} {
			if math.Abs(float64(c.got-c.want)) > c.tolerance*float64(c.want) {
				t.Errorf("%s: %s: %d foretold, %d written", image, c.name, c.got, c.want)
			}
		}
		for _, lists := range [][2][]report.Path{{p.Kept, s.Kept}, {p.Added, s.Added}, {p.Removed, s.Removed}} {
			if !slices.Equal(lists[0], lists[1]) {
				t.Errorf("%s: the plan has other verdicts than the run", image)
			}
		}
		files := 0
		for _, g := range p.Groups {
			files += g.Files + g.Directories
		}
		if want := len(p.Kept) + len(p.Added) + len(p.Removed); files < want-p.Layers.OriginalBase {
			t.Errorf("%s: groups have %d paths, the lists %d", image, files, want)
		}
	}
}

// Layers of the image that are the slim base's are not dropped.
func TestPlanOnBase(t *testing.T) {
	t.Parallel()
	h := lab(t)
	onBase := sample.Config{Steps: []sample.Step{{History: "RUN make", Entries: []lt.Entry{lt.File("opt/mine", "x")}}}}
	h.push("app:on-base", sample.Base, onBase)
	for image, own := range map[string]int{"library/python:3.9.2-slim-bullseye": 0, "app:on-base": 1} {
		for _, all := range []bool{false, true} {
			rep, err := assemble.Plan(t.Context(), h.ref(image), h.options(t, all))
			if err != nil {
				t.Fatal(err)
			}
			p := rep.Platforms[0]
			if p.Layers.OriginalBase == 0 || p.Layers.Image != p.Layers.OriginalBase+own {
				t.Fatalf("%s: %+v: the test looks at nothing", image, p.Layers)
			}
			var size int64
			for _, g := range p.Groups {
				if g.Verdict == "drop" {
					t.Errorf("%s: dropped: %+v", image, g)
				}
				if g.Layers > 0 {
					size = g.Size
				}
			}
			if (size == h.layerBytes("library/python:3.9.2-slim-bullseye")) == all {
				t.Errorf("%s: with all %v, layers of the base have %d bytes: %+v", image, all, size, p.Groups)
			}
			kept := slices.DeleteFunc(slices.Clone(p.Kept), func(k report.Path) bool { return k.ID == "" })
			if len(p.Removed) > 0 || !all && len(kept) != p.Layers.OriginalBase || all && len(kept) > 0 {
				t.Errorf("%s: with all %v, %d layers are kept; removed %+v", image, all, len(kept), p.Removed)
			}
		}
	}
}

// No blob of the original base image is fetched for a plan, and none is kept on disk.
func TestPlanReadsLittle(t *testing.T) {
	t.Parallel()
	h := nativeHub(t)
	dir := t.TempDir()
	opts := h.options(t, false)
	opts.Session.TempDir = dir
	rep, err := assemble.Plan(t.Context(), h.ref("app:fat"), opts)
	if err != nil {
		t.Fatal(err)
	}
	own := rep.Platforms[0].Layers.OriginalBase
	if limit := h.manifestBytes("app:fat", own) + h.manifestBytes("library/python:3.9.2-slim-bullseye", 0) + 4*int64(own); rep.Network.Downloaded > limit {
		t.Errorf("%d bytes were downloaded, %d are enough", rep.Network.Downloaded, limit)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// With all, each path of the image has a verdict: as many as the merged image.
func TestPlanAll(t *testing.T) {
	t.Parallel()
	h := nativeHub(t)
	p := h.plan(t, true).Platforms[0]
	listed := make(map[string]bool)
	for _, line := range slices.Concat(p.Kept, p.Added, p.Removed) {
		if line.ID != "" {
			t.Errorf("layer %s has a verdict beside its paths", line.ID)
		}
		listed[line.Path] = true
	}
	base := tree(t, h.ref("library/python:3.9.2-slim-bullseye"))
	tree(t, h.ref("app:native")).Walk(func(n *layers.Node) bool {
		if _, err := base.Lookup(n.Path()); err != nil && !n.Implied && n.Parent() != nil && !listed["/"+n.Path()] {
			t.Errorf("/%s has no verdict", n.Path())
		}
		return true
	})
	if !slices.ContainsFunc(p.Removed, func(l report.Path) bool { return l.Path == "/usr/bin/git" && l.Rule == "base" }) {
		t.Error("git is not listed")
	}
}

func TestPlanOfASlimImage(t *testing.T) {
	t.Parallel()
	h := lab(t)
	if _, err := h.slim("app:fat", "app:slim"); err != nil {
		t.Fatal(err)
	}
	rep, err := assemble.Plan(t.Context(), h.ref("app:slim"), h.options(t, false))
	if err != nil || !rep.Unchanged || len(rep.Platforms) != 0 {
		t.Errorf("plan %+v, %v", rep, err)
	}
	what, err := explain.ParseQuery("/app")
	if err != nil {
		t.Fatal(err)
	}
	x, err := h.explainIn(t, h.ref("app:slim"), what, false)
	if err != nil || !x.Unchanged || len(x.Platforms) != 0 {
		t.Errorf("explanation %+v, %v", x, err)
	}
}

// A platform that lacks what was asked for is left out; that all lack it is an
// error.
func TestExplainPlatforms(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	put(t, h.ref("library/python:3.9.2-slim-bullseye"), index(t, sample.Base))
	put(t, h.ref("app:both"), index(t, sample.Fat))
	for text, want := range map[string]int{"dist:flask": 2, "/lib/aarch64-linux-gnu/libc.so.6": 1, "dist:django": -1} {
		what, err := explain.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		x, err := h.explainIn(t, h.ref("app:both"), what, false)
		var unknown *explain.NotFoundError
		switch {
		case want < 0:
			if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "django") {
				t.Errorf("%s: error %v", text, err)
			}
		case err != nil:
			t.Errorf("%s: %v", text, err)
		case len(x.Platforms) != want:
			t.Errorf("%s: %d platforms, want %d", text, len(x.Platforms), want)
		}
	}
}
