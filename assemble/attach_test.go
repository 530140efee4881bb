package assemble_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

// A failure to attach says that the image is there, which it is.
func TestAttachFails(t *testing.T) {
	t.Parallel()
	h := lab(t)
	h.failOn(when(http.StatusForbidden, http.MethodPut, "/manifests/sha256"))
	_, err := h.slim("app:fat", "app:slim", attachAll)
	var failed *document.AttachError
	var denied *reference.AuthError
	if !errors.As(err, &failed) || !errors.As(err, &denied) {
		t.Fatalf("error is %v (%T)", err, err)
	}
	if got := h.host + "/app@" + digest(t, h.ref("app:slim")); failed.Ref != got || !strings.Contains(err.Error(), got+" is in place") {
		t.Errorf("error %q does not say that %s is there", err, got)
	}
}

// What goes wrong after a first destination was written says what is in place, and what
// goes wrong before that does not.
func TestPlaced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failing string // the manifest that cannot be written
		placed  bool
	}{{"/manifests/slim", false}, {"/manifests/second", true}} {
		h := lab(t)
		h.failOn(when(http.StatusForbidden, http.MethodPut, c.failing))
		_, err := h.slim("app:fat", "app:slim", func(o *assemble.RefOptions) { o.Tags = []reference.Ref{h.ref("app:second")} })
		var placed *assemble.PlacedError
		var denied *reference.AuthError
		if !errors.As(err, &denied) || errors.As(err, &placed) != c.placed {
			t.Fatalf("%s: error is %v (%T)", c.failing, err, err)
		}
		if c.placed && !strings.Contains(err.Error(), h.host+"/app@"+digest(t, h.ref("app:slim"))+" is in place") {
			t.Errorf("error %q does not say what is there", err)
		}
	}
	h := lab(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.failOn(func(r *http.Request) int {
		if strings.Contains(r.URL.Path, "/referrers/") {
			cancel()
		}
		return 0
	})
	opts := assemble.RefOptions{
		Access: image.Access{Session: reference.Options{TempDir: t.TempDir()}}, Choices: analyze.Choices{Base: h.ref("library/python")}, Attach: everyDocument,
	}
	_, err := assemble.SlimRef(ctx, h.ref("app:fat"), h.ref("app:slim"), opts)
	var placed *assemble.PlacedError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &placed) || len(placed.Refs) != 1 {
		t.Errorf("an interruption gives %v (%T)", err, err)
	}
}

// Nothing is attached where the image is not written, nor written about an image that this
// run did not make.
func TestAttachNothing(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "app:slim", attachAll, func(o *assemble.RefOptions) { o.DryRun = true })
	if err != nil || len(rep.Attached) > 0 || len(h.seen(`^(PUT|POST|PATCH)`)) > 0 {
		t.Errorf("a dry run wrote %v (%v)", h.seen(`^(PUT|POST|PATCH)`), err)
	}
	h.forget()
	var option *reference.OptionError
	if _, err := h.slim("app:fat", "oci-archive:"+filepath.Join(t.TempDir(), "x.tar"), attachAll); !errors.As(err, &option) || len(h.seen(`.`)) > 0 {
		t.Errorf("an archive: %v, after %v", err, h.seen(`.`))
	}
	if rep, err = h.slim("app:fat", "app:slim"); err != nil {
		t.Fatal(err)
	}
	again, err := h.slim("app:slim", "app:slim", attachAll)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(documentTypes[:2], typesOf(h.attachments("app", rep.Result.Digest))); diff != "" {
		t.Error(diff)
	}
	if len(again.Warnings) != 2 || again.Warnings[0].Code != "no-documents" {
		t.Errorf("warnings are %v", again.Warnings)
	}
}

// Each platform of an index has its own, in every repository that the image goes to.
func TestAttachToIndex(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	put(t, h.ref("library/python:3.9.2-slim-bullseye"), index(t, sample.Base))
	put(t, h.ref("app:fat"), index(t, sample.Fat))
	layout := "oci:" + filepath.Join(t.TempDir(), "layout") + ":1"
	rep, err := h.slim("app:fat", "app:slim", attachAll, func(o *assemble.RefOptions) {
		o.Tags = []reference.Ref{h.ref("app:same"), h.ref("second:slim"), parse(t, layout)}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, repo := range []string{"app", "second"} {
		for _, p := range rep.Platforms {
			docs := h.attachments(repo, p.Digest)
			if diff := cmp.Diff(documentTypes, typesOf(docs)); diff != "" {
				t.Errorf("%s of %s: %s", p.Platform, repo, diff)
			}
			_, arch, _ := strings.Cut(p.Platform, "/")
			if doc := docs[documentTypes[0]]; !strings.Contains(doc, "?arch="+arch) || !strings.Contains(doc, p.Digest.Hex) {
				t.Errorf("the bill of %s in %s is of another platform", p.Platform, repo)
			}
		}
		if docs := h.attachments(repo, rep.Result.Digest); len(docs) > 0 {
			t.Errorf("%s: the index itself has %v", repo, typesOf(docs))
		}
	}
	if len(rep.Attached) != 3*2*4 {
		t.Errorf("%d documents are listed, want four of two platforms in three places", len(rep.Attached))
	}
	if src := open(t, parse(t, layout)); src.Digest != rep.Result.Digest {
		t.Errorf("the layout opens %s", src.Digest)
	}
}

// Where an image lies in two forms, what refers to it there refers to that form.
func TestAttachToForms(t *testing.T) {
	t.Parallel()
	h := lab(t)
	dir := filepath.Join(t.TempDir(), "layout")
	layout := parse(t, "oci:"+dir+":1")
	rep, err := h.slim("app:fat", "app:slim", attachAll, func(o *assemble.RefOptions) { o.Tags = []reference.Ref{layout} })
	if err != nil {
		t.Fatal(err)
	}
	if got := digest(t, layout); got == rep.Result.Digest.String() || rep.Attached[4].Subject.String() != got || rep.Attached[0].Subject != rep.Result.Digest {
		t.Errorf("in the layout is %s, and documents refer to %s and %s", got, rep.Attached[0].Subject, rep.Attached[4].Subject)
	}
}
