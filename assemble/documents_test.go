package assemble_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

var everyDocument = []report.Document{report.SPDX, report.CycloneDX, report.Provenance, report.ReportJSON}

func attachAll(o *assemble.RefOptions) { o.Attach = everyDocument }
func makeAll(o *assemble.RefOptions)   { o.Documents = everyDocument }

// attachments are the documents that refer to a manifest, by their media types.
func (h *hub) attachments(repo string, subject v1.Hash) map[string]string {
	h.t.Helper()
	ctx := h.ref(repo).Name().Context()
	index, err := remote.Referrers(ctx.Digest(subject.String()))
	if err != nil {
		h.t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		h.t.Fatal(err)
	}
	out := make(map[string]string)
	for _, d := range m.Manifests {
		img, err := remote.Image(ctx.Digest(d.Digest.String()))
		if err != nil {
			h.t.Fatal(err)
		}
		ls, err := img.Layers()
		if err != nil || len(ls) != 1 || out[d.ArtifactType] != "" {
			h.t.Fatalf("%s: %d layers (%v), or a second one of its type", d.ArtifactType, len(ls), err)
		}
		rc, err := ls[0].Compressed()
		if err != nil {
			h.t.Fatal(err)
		}
		content, err := io.ReadAll(rc)
		if err = errors.Join(err, rc.Close()); err != nil {
			h.t.Fatal(err)
		}
		out[d.ArtifactType] = string(content)
	}
	return out
}

var documentTypes = []string{
	"application/spdx+json", "application/vnd.cyclonedx+json", "application/vnd.in-toto+json", "application/vnd.slimify.report.v1+json",
}

func typesOf(docs map[string]string) []string {
	var out []string
	for typ := range docs {
		out = append(out, typ)
	}
	slices.Sort(out)
	return out
}

// The documents are attached after the image is in place, each refers to its digest,
// and a second run writes nothing; one that finds something missing attaches that.
func TestAttach(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "other/app:slim", attachAll, makeAll)
	if err != nil {
		t.Fatal(err)
	}
	var puts []string
	for _, r := range h.seen(`^PUT .*/manifests/`) {
		puts = append(puts, strings.TrimPrefix(r, "PUT /v2/other/app/manifests/"))
	}
	if puts[0] != "slim" || len(puts) != 1+2*len(everyDocument) {
		t.Errorf("manifests were written in this order: %v", puts)
	}
	subject := rep.Result.Digest
	docs := h.attachments("other/app", subject)
	if diff := cmp.Diff(documentTypes, typesOf(docs)); diff != "" {
		t.Fatal(diff)
	}
	for typ, doc := range docs {
		if !strings.Contains(doc, subject.Hex) {
			t.Errorf("%s does not name the image's digest", typ)
		}
	}
	if p := rep.Platforms[0]; string(p.Documents[report.SPDX]) != docs[documentTypes[0]] || string(p.Documents[report.Provenance]) != docs[documentTypes[2]] {
		t.Error("what is handed out is not what was attached")
	}
	if len(rep.Attached) != 4 || rep.Attached[0].Subject != subject || !strings.HasPrefix(rep.Attached[0].Ref, h.host+"/other/app@sha256:") {
		t.Errorf("the report lists %+v", rep.Attached)
	}

	h.forget()
	again, err := h.slim("app:fat", "other/app:slim", attachAll)
	if err != nil {
		t.Fatal(err)
	}
	if written := h.seen(`^(PUT|POST|PATCH)`); len(written) > 0 || !again.UpToDate || len(again.Pushed) > 0 {
		t.Errorf("the second run wrote %v (up to date: %v)", written, again.UpToDate)
	}
	if diff := cmp.Diff(rep.Attached, again.Attached); diff != "" {
		t.Error(diff)
	}

	// Somebody removes the list: all is attached again, and the image is left alone.
	put(t, h.ref("other/app:"+strings.Replace(subject.String(), ":", "-", 1)), empty.Index)
	h.forget()
	if _, err := h.slim("app:fat", "other/app:slim", attachAll); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(docs, h.attachments("other/app", subject)); diff != "" {
		t.Error(diff)
	}
	if got := h.seen(`^PUT .*/manifests/slim`); len(got) > 0 {
		t.Errorf("the image was written again: %v", got)
	}
}

// The bills list what the image's own layers hold, each file with its sum.
func TestBillOfMaterials(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:slim", makeAll)
	if err != nil {
		t.Fatal(err)
	}
	var doc spdx.Document
	if err := json.Unmarshal(rep.Platforms[0].Documents[report.SPDX], &doc); err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]string)
	for _, f := range doc.Files {
		for _, c := range f.Checksums {
			if c.Algorithm == "SHA256" {
				sums[f.FileName] = c.Value
			}
		}
	}
	files := 0
	tree(t, h.ref("app:slim")).Walk(func(n *layers.Node) bool {
		if n.Kind == layers.File {
			files++
			want := hex.EncodeToString(n.Digest[:])
			if got := sums["./"+n.Path()]; got != want {
				t.Errorf("/%s: the bill says %q, the image has %s", n.Path(), got, want)
			}
		}
		return true
	})
	if files != len(sums) || files < 100 {
		t.Errorf("the bill has %d files, the image %d", len(sums), files)
	}
	var got []string
	for _, p := range doc.Packages {
		for _, ref := range p.PackageExternalReferences {
			if strings.HasPrefix(ref.Locator, "pkg:pypi/") || strings.HasPrefix(ref.Locator, "pkg:generic/") || strings.Contains(ref.Locator, "/libc6@") {
				got = append(got, ref.Locator)
			}
		}
	}
	if diff := cmp.Diff([]string{
		"pkg:deb/debian/libc6@2.31-13?arch=amd64&distro=debian-11", "pkg:generic/python@3.9.2",
		"pkg:pypi/blinker@1.9.0", "pkg:pypi/click@8.1.7", "pkg:pypi/flask@3.0.3", "pkg:pypi/itsdangerous@2.2.0", "pkg:pypi/jinja2@3.1.4",
		"pkg:pypi/markupsafe@3.0.2", "pkg:pypi/pip@24.0", "pkg:pypi/setuptools@65.5.1", "pkg:pypi/werkzeug@3.0.6",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// Neither caches nor parallelism nor what the run has to write change a byte; nor
// does making the bill of the result itself.
func TestDocumentsRepeat(t *testing.T) {
	t.Parallel()
	h := lab(t)
	cache := t.TempDir()
	first, err := h.slim("app:fat", "app:slim", makeAll)
	if err != nil {
		t.Fatal(err)
	}
	want := first.Platforms[0].Documents
	for _, c := range []struct {
		name, src string
		kinds     []report.Document
		change    func(*assemble.RefOptions)
	}{
		{"up to date", "app:fat", everyDocument, func(*assemble.RefOptions) {}},
		{"dry run", "app:fat", everyDocument, func(o *assemble.RefOptions) { o.DryRun = true }},
		{"cold cache", "app:fat", everyDocument, func(o *assemble.RefOptions) { o.CacheDir, o.Jobs = cache, 1 }},
		{"all else that there is", "app:fat", everyDocument, func(o *assemble.RefOptions) { o.Picture, o.Freeze, o.Eager = true, true, true }},
		{"warm cache", "app:fat", everyDocument, func(o *assemble.RefOptions) { o.CacheDir = cache }},
		{"the result itself", "app:slim", everyDocument[:2], func(*assemble.RefOptions) {}},
	} {
		rep, err := h.slim(c.src, "app:slim", makeAll, c.change)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, d := range c.kinds {
			if got := rep.Platforms[0].Documents[d]; !bytes.Equal(got, want[d]) {
				t.Errorf("%s: %s differs: %s", c.name, d, cmp.Diff(string(want[d]), string(got)))
			}
		}
	}
}

// In a layout the subject is the manifest that the layout holds, not the one with
// Docker's types; the statement names source and base by digest.
func TestProvenance(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "oci:"+filepath.Join(t.TempDir(), "app"), makeAll, func(o *assemble.RefOptions) {
		o.Select.Minimal = true
		for _, drop := range []string{"/app/requirements.txt", "/app/Dockerfile", "/app/requirements.txt"} {
			p, err := selection.ParsePattern(drop)
			if err != nil {
				t.Fatal(err)
			}
			o.Select.Drop = append(o.Select.Drop, p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Subject   []struct{ Digest map[string]string }
		Predicate struct {
			BuildDefinition struct {
				ExternalParameters   map[string]any
				ResolvedDependencies []struct {
					Name, URI string
					Digest    map[string]string
				}
			}
		}
	}
	if err := json.Unmarshal(rep.Platforms[0].Documents[report.Provenance], &s); err != nil {
		t.Fatal(err)
	}
	if got := s.Subject[0].Digest["sha256"]; got != rep.Result.Digest.Hex {
		t.Errorf("subject is %s, the image %s", got, rep.Result.Digest)
	}
	want := map[string]any{
		"source": h.host + "/app:fat", "base": h.host + "/library/python", "platform": "linux/amd64", "minimal": true,
		"drop": []any{"/app/Dockerfile", "/app/requirements.txt"},
	}
	if diff := cmp.Diff(want, s.Predicate.BuildDefinition.ExternalParameters); diff != "" {
		t.Error(diff)
	}
	for i, name := range []string{"app:fat", "library/python:3.9.2-slim-bullseye"} {
		d := s.Predicate.BuildDefinition.ResolvedDependencies[i]
		if digest := digest(t, h.ref(name)); "sha256:"+d.Digest["sha256"] != digest || !strings.Contains(d.URI, "@"+digest+"?") {
			t.Errorf("%s is %+v, want %s", name, d, digest)
		}
	}
}

// For an inventory nothing is downloaded twice, and yet the base's blobs and FAT's
// layers are mounted.
func TestInventoryTraffic(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.push("library/python:3.9.2-slim-bullseye", sample.Base, sample.Config{})
	weights := make([]byte, 1<<19)
	if _, err := rand.NewChaCha8([32]byte{}).Read(weights); err != nil {
		t.Fatal(err)
	}
	h.push("app:fat", sample.Fat, sample.Config{Steps: []sample.Step{
		{History: "COPY model /srv/model # buildkit", Entries: []lt.Entry{lt.Dir("srv"), lt.File("srv/model", string(weights))}},
	}})
	h.failOn(when(http.StatusNotFound, http.MethodHead, "/other/repository/blobs/"))
	// This registry answers a mount as one does that cannot: it is uploaded then.
	h.forget()
	rep, err := h.slim("app:fat", "other/repository:slim", makeAll)
	if err != nil {
		t.Fatal(err)
	}
	if layers := rep.Platforms[0].Layers; !slices.ContainsFunc(layers, func(l report.Layer) bool { return l.From == "reused" }) {
		t.Fatalf("no layer is used whole: %+v", layers)
	}
	if got := h.seen(`^POST .*from=(library%2Fpython|app)&mount=`); len(got) != 5 {
		t.Errorf("%d blobs were to be mounted, want four of the base and one of FAT: %v", len(got), got)
	}
	// Up to the push, whose first request is that for the destination's blobs.
	reads := make(map[string]int)
	for _, r := range h.seen(`.`) {
		if strings.HasPrefix(r, "HEAD /v2/other/repository/blobs/") {
			break
		}
		if strings.HasPrefix(r, "GET /v2/") && strings.Contains(r, "/blobs/") {
			reads[r]++
		}
	}
	for r, n := range reads {
		if n > 1 {
			t.Errorf("%d times: %s", n, r)
		}
	}
	if len(reads) < 10 {
		t.Errorf("only these were read before the push: %v", reads)
	}
}
