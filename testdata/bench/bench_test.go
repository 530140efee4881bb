package bench

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/testdata/e2e/lab"
)

var (
	pairs = flag.Int("pairs", 5, "rounds of each contest; below 5 is for trying it")
	table = flag.String("table", "", "write the document to this `file`")
)

// craneVersion is that of go-containerregistry in go.mod.
const craneVersion = "v0.22.1"

func TestMain(m *testing.M) {
	if known, err := helper(os.Args[1:]); known {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	os.Exit(lab.Main(m))
}

// TestBench holds the contests and writes the document. With -run some of them
// can be chosen; the document then says what was not measured.
func TestBench(t *testing.T) {
	lab.Need(t)
	b := begin(t)
	var r results
	began := time.Now()
	t.Run("seed", func(t *testing.T) { r.seed = b.seed(t, &r) })
	t.Run("large", func(t *testing.T) { r.large = b.large(t) })
	t.Run("native", func(t *testing.T) {
		r.native = b.coldLayers(t, "../corpus/psycopg2-source", "corpus/psycopg2-source:fat", "Native application",
			"psycopg2, compiled against python:3.9's libpq. slimify must read layers of the original base for it.")
	})
	t.Run("plotting", func(t *testing.T) {
		r.plotting = b.coldLayers(t, "plotting", "bench/plotting:fat", "Large application that needs libraries of its original base",
			"The large application with matplotlib, which opens libraries of python:3.11 at run time, as does Pillow. slimify must read its layers.")
	})
	t.Run("scaling", func(t *testing.T) { r.scaling = b.scaling(t) })
	t.Run("memory", func(t *testing.T) { r.memory = b.memory(t) })
	text := r.render(*pairs, time.Since(began))
	fmt.Print(text)
	if *table != "" {
		if err := os.WriteFile(*table, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
}

func begin(t *testing.T) *bench {
	work, err := os.MkdirTemp("", "slimify-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clearAway(work) })
	b := &bench{work: work, tools: filepath.Join(work, "tools"), began: time.Now().Unix()}
	if b.proxy, err = newProxy(lab.Registry()); err != nil {
		t.Fatal(err)
	}
	install := exec.Command("go", "install", "github.com/google/go-containerregistry/cmd/crane@"+craneVersion)
	install.Env = append(os.Environ(), "GOBIN="+b.tools, "GOFLAGS=-mod=mod")
	install.Dir = work
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("building crane: %v\n%s", err, out)
	}
	return b
}

// The names of slimify's entrants.
const (
	coldRun    = "slimify"
	warmRun    = "slimify, warm cache"
	noopRun    = "slimify, nothing to do"
	changedRun = "slimify, application changed"
)

func (b *bench) seed(t *testing.T, r *results) *contest {
	const fat = "seed/flask:3.11"
	c := &contest{title: "Small application", about: "`pip install flask` on python:3.11."}
	user, base, err := sizes(lab.Registry()+"/"+fat, lab.Registry()+"/library/python:3.11-slim")
	if err != nil {
		t.Fatal(err)
	}
	r.user, r.base = user, base
	b.slimifies(t, c, fat)
	for _, name := range []string{"skopeo", "crane", "rebuild"} {
		b.peer(t, c, name, fat, folder(t, "../e2e/seed/flask-3.11-twostage"))
	}
	c.hold(t, *pairs)
	return c
}

func (b *bench) large(t *testing.T) *contest {
	lab.Build(t, "large", "bench/large:fat")
	const fat = "bench/large:fat"
	c := &contest{title: "Large application", about: "numpy, scipy, pandas and scikit-learn on python:3.11."}
	b.slimifies(t, c, fat)
	dst := fmt.Sprintf("bench/%d/changed:1", b.began)
	change := b.slimify(changedRun, dst, func(round int) (string, error) { return b.change(fat, round) }, b.warmFlags()...)
	if _, err := b.slimify("", dst, always(fat), b.warmFlags()...).run(0); err != nil {
		t.Fatal(err)
	}
	c.entrants = append(c.entrants, change)
	for _, name := range []string{"skopeo", "crane", "rebuild"} {
		b.peer(t, c, name, fat, folder(t, "large-twostage"))
	}
	c.hold(t, *pairs)
	return c
}

// coldLayers is an application of which layers of its own base must be read.
func (b *bench) coldLayers(t *testing.T, folder, fat, title, about string) *contest {
	lab.Build(t, folder, fat)
	c := &contest{title: title, about: about, entrants: []entrant{b.slimify(coldRun, "", always(fat))}}
	b.peer(t, c, "skopeo", fat, "")
	c.hold(t, *pairs)
	return c
}

// slimifies enters slimify without a cache, with a warm one if it has one, and
// onto its own result.
func (b *bench) slimifies(t *testing.T, c *contest, fat string) {
	c.entrants = append(c.entrants, b.slimify(coldRun, "", always(fat)))
	if caches() {
		warm := b.slimify(warmRun, "", always(fat), b.warmFlags()...)
		if _, err := warm.run(0); err != nil {
			t.Fatal(err)
		}
		c.entrants = append(c.entrants, warm)
	}
	b.runs++
	noop := b.slimify(noopRun, fmt.Sprintf("bench/%d/%d:1", b.began, b.runs), always(fat))
	if _, err := noop.run(0); err != nil {
		t.Fatal(err)
	}
	c.entrants = append(c.entrants, noop)
}

// warmFlags lead to the cache that the warm runs share.
func (b *bench) warmFlags() []string {
	if !caches() {
		return nil
	}
	return []string{"--cache-dir", filepath.Join(b.work, "warm")}
}

// change pushes FAT with another application in each round.
func (b *bench) change(fat string, round int) (string, error) {
	_, img, err := opened(lab.Registry() + "/" + fat)
	if err != nil {
		return "", err
	}
	if img, err = changed(img, b.work, fmt.Sprintf("print(%d, %d)\n", b.began, round)); err != nil {
		return "", err
	}
	image := fmt.Sprintf("bench/%d/change:%d", b.began, round)
	return image, push(lab.Registry()+"/"+image, img)
}

// unit is the application that the scaling table multiplies.
var unit = application{files: 800, bytes: 32 << 20, fresh: 8 << 10}

// scales are its multiples, by the names of the entrants.
var scales = []struct {
	name              string
	bytes, files, fat int
}{
	{"×1", 1, 1, 1},
	{"user bytes ×4", 4, 1, 1},
	{"user bytes ×16", 16, 1, 1},
	{"files ×10", 1, 10, 1},
	{"original base ×4", 1, 1, 4},
}

const gunzipOf = "gunzip of "

// scaling knows the slim base from a former run: beside the reading of its layers the
// first of the user's bytes would cost nothing.
func (b *bench) scaling(t *testing.T) *contest {
	c := &contest{title: "Scaling"}
	known := filepath.Join(b.work, "known")
	if _, err := b.slimify("", "", always("seed/flask:3.11"), "--cache-dir", known).run(0); err != nil {
		t.Fatal(err)
	}
	for _, s := range scales {
		app := unit
		app.bytes, app.files = app.bytes*int64(s.bytes), app.files*s.files
		image, err := once(lab.Registry(), fmt.Sprintf("bench/generated-%d-%d", app.bytes>>20, app.files), "library/python:3.11",
			func(base v1.Image) (v1.Image, error) { return app.on(base, b.work) })
		if err == nil && s.fat > 1 {
			image, err = once(lab.Registry(), fmt.Sprintf("bench/padded-%d", s.fat), image,
				func(fat v1.Image) (v1.Image, error) { return padded(fat, b.work, int64(s.fat)) })
		}
		if err != nil {
			t.Fatal(err)
		}
		files, err := b.fetch(image)
		if err != nil {
			t.Fatal(err)
		}
		c.entrants = append(c.entrants, b.knowing(known, s.name, image), b.gunzips(gunzipOf+s.name, files))
	}
	c.hold(t, *pairs)
	return c
}

func (b *bench) memory(t *testing.T) *contest {
	app := application{files: 100_000, bytes: 10 << 30, fresh: 256}
	image, err := once(lab.Registry(), "bench/memory", "library/python:3.11",
		func(base v1.Image) (v1.Image, error) { return app.on(base, b.work) })
	if err != nil {
		t.Fatal(err)
	}
	c := &contest{title: "Memory", entrants: []entrant{b.slimify(coldRun, "", always(image))}}
	c.hold(t, 1)
	return c
}

// fetch writes the user's layers of an image to files.
func (b *bench) fetch(image string) (files []string, err error) {
	_, img, err := opened(lab.Registry() + "/" + image)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers[extract.Boundary(config):] {
		rc, err := l.Compressed()
		if err != nil {
			return nil, err
		}
		f, err := os.CreateTemp(b.work, "blob")
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(f, rc); err != nil {
			return nil, err
		}
		files = append(files, f.Name())
		for _, c := range []io.Closer{rc, f} {
			if err := c.Close(); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// sizes are the bytes of FAT's user layers and of the slim base's.
func sizes(fat, slim string) (user, base int64, err error) {
	for _, ref := range []string{fat, slim} {
		_, img, err := opened(ref)
		if err != nil {
			return 0, 0, err
		}
		manifest, err := img.Manifest()
		if err != nil {
			return 0, 0, err
		}
		config, err := img.ConfigFile()
		if err != nil {
			return 0, 0, err
		}
		for i, l := range manifest.Layers {
			switch {
			case ref == slim:
				base += l.Size
			case i >= extract.Boundary(config):
				user += l.Size
			}
		}
	}
	return user, base, nil
}

func folder(t *testing.T, name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
