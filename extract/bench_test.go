package extract_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// BenchmarkSelect decides, and plans, on the sample of an application with
// distributions on top.
func BenchmarkSelect(b *testing.B) {
	for _, distributions := range []int{10, 100} {
		b.Run(fmt.Sprintf("%d distributions of 100 files", distributions), func(b *testing.B) {
			in, base := sampled(b, distributions)
			var bytes int64
			in.Stack.Upper.Walk(func(n *layers.Node) bool { bytes += n.Size; return true })
			b.SetBytes(bytes)
			b.ReportAllocs()
			for b.Loop() {
				sel, err := extract.Select(context.Background(), in, base, selection.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if plan := plan.New(sel, base); len(plan.Layers) == 0 {
					b.Fatal("nothing is kept")
				}
			}
		})
	}
}

// sampled reads a sample as the program does.
func sampled(b *testing.B, distributions int) (*selection.Image, *selection.Base) {
	b.Helper()
	const site = "usr/local/lib/python3.9/site-packages/"
	var entries []lt.Entry
	for d := range distributions {
		var record strings.Builder
		for i := range 100 {
			name := fmt.Sprintf("dist%d/module%d.py", d, i)
			text := fmt.Sprintf("import os\n\n\ndef call%d(path):\n    return os.path.join(path, %q)\n", i, name)
			entries = append(entries, lt.File(site+name, strings.Repeat(text, 50)))
			record.WriteString(name + ",,\n")
		}
		info := fmt.Sprintf("dist%d-1.0.dist-info/", d)
		record.WriteString(info + "RECORD,,\n" + info + "METADATA,,\n")
		entries = append(entries, lt.File(site+info+"RECORD", record.String()),
			lt.File(site+info+"METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: dist%d\nVersion: 1.0\n", d)))
	}
	fat, err := sample.Fat(sample.Config{Steps: []sample.Step{{History: "RUN /bin/sh -c pip install more # buildkit", Entries: entries}}})
	if err != nil {
		b.Fatal(err)
	}
	slim, err := sample.Base(sample.Config{})
	if err != nil {
		b.Fatal(err)
	}
	config, baseConfig := configOf(b, fat), configOf(b, slim)
	stack, err := layers.NewStack(extract.Boundary(config), nil, func(_ context.Context, i int) (*layers.Table, error) {
		return indexed(b, fat, i), nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for i := stack.Boundary; i < len(config.RootFS.DiffIDs); i++ {
		if err := stack.Upper.Apply(i, indexed(b, fat, i)); err != nil {
			b.Fatal(err)
		}
	}
	tree := layers.NewTree()
	for i := range baseConfig.RootFS.DiffIDs {
		if err := tree.Apply(i, indexed(b, slim, i)); err != nil {
			b.Fatal(err)
		}
	}
	python := selection.Runtime{Version: "3.9.2"}
	return &selection.Image{Config: config, Stack: stack, Runtime: python, Release: "bullseye"},
		&selection.Base{Tree: tree, Config: baseConfig, Runtime: python, Release: "bullseye"}
}

func configOf(b *testing.B, img v1.Image) *v1.ConfigFile {
	b.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		b.Fatal(err)
	}
	return config
}

// indexed reads a layer with the capture that assemble uses.
func indexed(b *testing.B, img v1.Image, i int) *layers.Table {
	b.Helper()
	all, err := img.Layers()
	if err != nil {
		b.Fatal(err)
	}
	rc, err := all[i].Uncompressed()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _, _ = io.Copy(io.Discard, rc); rc.Close() }()
	table, err := layers.Index(rc, extract.NewCapturer(nil).Capture, layers.DefaultLimits())
	if err != nil {
		b.Fatal(err)
	}
	return table
}
