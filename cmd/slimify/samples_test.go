package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

// samples are the images of a registry of samples, by name. They are built once, which
// takes longer than slimming one.
var samples = map[string]func() (v1.Image, error){
	"app:fat":                            fatSample,
	"library/python:3.9.2-slim-bullseye": baseSample,
	"library/python:3.10-slim":           sync.OnceValues(func() (v1.Image, error) { return sample.Base(sample.Config{Version: "3.10.1"}) }),
	"library/plan:latest":                fatSample,
	"go:1":                               func() (v1.Image, error) { return empty.Image, nil },
}

var (
	fatSample  = sync.OnceValues(func() (v1.Image, error) { return sample.Fat(sample.Config{}) })
	baseSample = sync.OnceValues(func() (v1.Image, error) { return sample.Base(sample.Config{}) })
)

// newSampleRegistry returns a registry with all samples.
func newSampleRegistry() (http.Handler, error) {
	store := sampleStore{registry.NewInMemoryBlobHandler()}
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithBlobHandler(store))
	srv := httptest.NewServer(handler)
	defer srv.Close()
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		return nil, err
	}
	for name, image := range samples {
		ref, rerr := reference.Parse(strings.TrimPrefix(srv.URL, "http://") + "/" + name)
		img, ierr := image()
		if err := errors.Join(rerr, ierr); err != nil {
			return nil, err
		}
		if _, err := session.Write(context.Background(), ref, img); err != nil {
			return nil, err
		}
	}
	return handler, session.Close()
}

// sampleStore stores the blobs of one registry. The blobs of samples are shared, since
// pushing them to each registry takes most of the time of a short test.
type sampleStore struct{ own registry.BlobHandler }

func (s sampleStore) Get(ctx context.Context, repo string, h v1.Hash) (io.ReadCloser, error) {
	if blob, err := s.own.Get(ctx, repo, h); err == nil {
		return blob, nil
	}
	return sampleBlobs().Get(ctx, repo, h)
}

func (s sampleStore) Stat(ctx context.Context, repo string, h v1.Hash) (int64, error) {
	if size, err := s.own.(registry.BlobStatHandler).Stat(ctx, repo, h); err == nil {
		return size, nil
	}
	return sampleBlobs().(registry.BlobStatHandler).Stat(ctx, repo, h)
}

func (s sampleStore) Put(ctx context.Context, repo string, h v1.Hash, blob io.ReadCloser) error {
	return s.own.(registry.BlobPutHandler).Put(ctx, repo, h, blob)
}

// sampleBlobs has the layers and configs of all samples.
var sampleBlobs = sync.OnceValue(func() registry.BlobHandler {
	store := registry.NewInMemoryBlobHandler()
	for name, image := range samples {
		img, err := image()
		if err == nil {
			err = putBlobs(store.(registry.BlobPutHandler), img)
		}
		if err != nil {
			log.Fatalf("sample %s: %v", name, err)
		}
	}
	return store
})

func putBlobs(store registry.BlobPutHandler, img v1.Image) error {
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return err
		}
		blob, err := l.Compressed()
		if err != nil {
			return err
		}
		if err := store.Put(context.Background(), "", digest, blob); err != nil {
			return err
		}
	}
	config, cerr := img.RawConfigFile()
	digest, derr := img.ConfigName()
	if err := errors.Join(cerr, derr); err != nil {
		return err
	}
	return store.Put(context.Background(), "", digest, io.NopCloser(strings.NewReader(string(config))))
}
