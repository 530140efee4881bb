package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
)

const (
	repository = "https://github.com/slimify/slimify"
	// user runs slimify: a number, so that Kubernetes can check runAsNonRoot, and the
	// same as "nonroot" in distroless images.
	user    = 65532
	home    = "/home/slimify"
	entry   = "/usr/local/bin/slimify"
	licence = "Apache-2.0"
)

// compose adds the program to a base, with a home directory and /tmp. Certificates
// of public authorities are compiled into the program.
func compose(from *base, prog *program, p v1.Platform) (v1.Image, error) {
	kind, err := from.MediaType()
	if err != nil {
		return nil, err
	}
	layerType := types.OCILayer
	if kind == types.DockerManifestSchema2 {
		layerType = types.DockerLayer // tools refuse a mixture
	}
	layer, err := programLayer(prog, layerType)
	if err != nil {
		return nil, err
	}
	old, err := from.ConfigFile()
	if err != nil {
		return nil, err
	}
	config := old.DeepCopy()
	notes := annotations(from, prog)
	config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, cmp.Or(p.Variant, config.Variant)
	config.Created = v1.Time{Time: prog.time}
	config.Author = ""
	config.Config.User = fmt.Sprintf("%d:%d", user, user)
	config.Config.Entrypoint, config.Config.Cmd = []string{entry}, nil
	config.Config.WorkingDir = home
	config.Config.Labels = notes
	if len(config.Config.Env) == 0 {
		config.Config.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	}
	config.Config.Env = append(config.Config.Env, "HOME="+home)
	img, err := mutate.ConfigFile(from.Image, config)
	if err != nil {
		return nil, err
	}
	img, err = mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{
		Created: v1.Time{Time: prog.time}, CreatedBy: "slimify " + prog.version,
	}})
	if err != nil {
		return nil, err
	}
	if kind == types.DockerManifestSchema2 {
		return img, nil // Docker's format has no annotations
	}
	return mutate.Annotations(img, notes).(v1.Image), nil
}

// annotations are the keys defined by the OCI image specification, for the
// manifest and as labels.
func annotations(from *base, prog *program) map[string]string {
	notes := map[string]string{
		"title":         "slimify",
		"description":   "Turn a single-stage Python image into a slim one, without Docker or a rebuild",
		"url":           repository,
		"source":        repository,
		"documentation": repository + "/tree/main/docs",
		"licenses":      licence,
		"version":       prog.version,
		"created":       prog.time.Format(time.RFC3339),
		"revision":      prog.revision,
		"base.name":     from.ref,
		"base.digest":   from.digest,
	}
	out := make(map[string]string)
	for key, value := range notes {
		if value != "" {
			out["org.opencontainers.image."+key] = value
		}
	}
	return out
}

// programLayer is the image's only layer. The same program gives the same
// bytes.
func programLayer(prog *program, mediaType types.MediaType) (v1.Layer, error) {
	var blob bytes.Buffer
	comp, err := gzip.NewWriterLevel(&blob, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(comp)
	dir := func(name string, mode int64, owner int) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, Uid: owner, Gid: owner}
	}
	headers := []*tar.Header{
		dir("home", 0o755, 0),
		dir(home[1:], 0o755, user),
		dir("tmp", 0o1777, 0),
		dir("usr", 0o755, 0),
		dir("usr/local", 0o755, 0),
		dir("usr/local/bin", 0o755, 0),
		{Typeflag: tar.TypeReg, Name: entry[1:], Mode: 0o755, Size: int64(len(prog.bytes))},
	}
	for _, h := range headers {
		h.ModTime, h.Format = prog.time, tar.FormatPAX
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
	}
	if _, err := w.Write(prog.bytes); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := comp.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(blob.Bytes())), nil
	}, tarball.WithMediaType(mediaType))
}

// bundle builds the index of the platforms' images, with the media type and
// annotations of the first.
func bundle(images []v1.Image, platforms []v1.Platform) (v1.ImageIndex, error) {
	first, err := images[0].Manifest()
	if err != nil {
		return nil, err
	}
	kind := types.OCIImageIndex
	if first.MediaType == types.DockerManifestSchema2 {
		kind = types.DockerManifestList
	}
	index := mutate.IndexMediaType(empty.Index, kind)
	for i, img := range images {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &platforms[i]}})
	}
	if len(first.Annotations) > 0 {
		index = mutate.Annotations(index, maps.Clone(first.Annotations)).(v1.ImageIndex)
	}
	return index, nil
}
