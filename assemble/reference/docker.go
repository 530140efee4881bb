package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ociBlob matches the digest in a file name from newer versions of docker save.
var ociBlob = regexp.MustCompile(`^blobs/sha256/([0-9a-f]{64})$`)

// openDocker opens an image in a Docker archive. The archive has no manifest, so one
// is generated from its layers. A layer that is not compressed has the media type
// types.DockerUncompressedLayer and its diff ID as digest, which needs no reading
// and is verified on reading. (tarball.Image would compress every layer for digests,
// and verifies none.)
func openDocker(ref Ref, fsys fs.FS) (*Source, error) {
	raw, err := readFile(fsys, dockerFile)
	if errors.Is(err, fs.ErrNotExist) {
		if _, oerr := fs.Stat(fsys, indexFile); oerr == nil {
			return nil, &UnsupportedError{Ref: ref.String(), Reason: "it is an OCI layout; use oci-archive:" + ref.path}
		}
		return nil, &UnsupportedError{Ref: ref.String(), Reason: "it is not a Docker archive: there is no manifest.json"}
	}
	var entries tarball.Manifest
	if err == nil {
		err = json.Unmarshal(raw, &entries)
	}
	if err != nil {
		return nil, &CorruptError{Object: fmt.Sprintf("manifest.json of %q", ref.Repository()), Cause: err}
	}
	entry, err := selectImage(ref, entries)
	if err != nil {
		return nil, err
	}
	img, id, err := dockerImage(fsys, entry)
	if err != nil {
		return nil, &CorruptError{Object: fmt.Sprintf("Docker archive %q", ref.path), Cause: err}
	}
	return &Source{Ref: ref, Digest: id, MediaType: types.DockerManifestSchema2, Image: img}, nil
}

// selectImage finds the image with the reference's name. If it has none, the
// archive must have a single image.
func selectImage(ref Ref, entries tarball.Manifest) (tarball.Descriptor, error) {
	var names []string
	for _, entry := range entries {
		if len(entry.RepoTags) == 0 {
			names = append(names, "")
		}
		for _, s := range entry.RepoTags {
			names = append(names, s)
			// Compared in full: docker save writes app:1.0 where others write
			// docker.io/library/app:1.0.
			if tag, err := name.NewTag(s); err == nil && ref.image != nil && tag.Name() == ref.image.Name() {
				return entry, nil
			}
		}
	}
	switch {
	case len(entries) == 0:
		return tarball.Descriptor{}, &NotFoundError{Ref: ref.String(), Cause: errors.New("the archive is empty")}
	case ref.image != nil:
		return tarball.Descriptor{}, &NotFoundError{Ref: ref.String(), Cause: fmt.Errorf("the archive has no such image, only %q", names)}
	case len(entries) > 1:
		return tarball.Descriptor{}, ambiguous(ref, names)
	}
	return entries[0], nil
}

// dockerImage returns the image of an entry in manifest.json and its ID.
func dockerImage(fsys fs.FS, entry tarball.Descriptor) (v1.Image, v1.Hash, error) {
	config, err := readConfig(fsys, entry.Config)
	if err != nil {
		return nil, v1.Hash{}, fmt.Errorf("reading config %q: %w", entry.Config, err)
	}
	id, size, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return nil, v1.Hash{}, err
	}
	parsed, err := v1.ParseConfigFile(bytes.NewReader(config))
	if err != nil {
		return nil, v1.Hash{}, fmt.Errorf("reading config %q: %w", entry.Config, err)
	}
	if len(parsed.RootFS.DiffIDs) != len(entry.Layers) {
		return nil, v1.Hash{}, fmt.Errorf("the config has %d layers and manifest.json %d", len(parsed.RootFS.DiffIDs), len(entry.Layers))
	}
	manifest := v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.DockerManifestSchema2,
		Config:        v1.Descriptor{MediaType: types.DockerConfigJSON, Digest: id, Size: size},
		Layers:        []v1.Descriptor{},
	}
	files := map[v1.Hash]string{id: cleanName(entry.Config)}
	for i, file := range entry.Layers {
		desc, err := dockerLayer(fsys, file, parsed.RootFS.DiffIDs[i])
		if err != nil {
			return nil, v1.Hash{}, fmt.Errorf("reading layer %q: %w", file, err)
		}
		manifest.Layers = append(manifest.Layers, desc)
		files[desc.Digest] = cleanName(file)
	}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return nil, v1.Hash{}, err
	}
	st := &store{fsys: fsys, path: func(h v1.Hash) string { return files[h] }}
	img, err := newStoreImage(st, raw, types.DockerManifestSchema2)
	return img, id, err
}

func readConfig(fsys fs.FS, file string) ([]byte, error) {
	f, err := openFile(fsys, cleanName(file))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return readAll(f, info.Size(), maxConfig)
}

// dockerLayer describes a layer's file. A compressed one without a digest in its
// name is read to compute the digest.
func dockerLayer(fsys fs.FS, file string, diffID v1.Hash) (_ v1.Descriptor, err error) {
	f, err := openFile(fsys, cleanName(file))
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return v1.Descriptor{}, err
	}
	var magic [4]byte
	n, err := io.ReadFull(f, magic[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return v1.Descriptor{}, err
	}
	desc := v1.Descriptor{Size: info.Size()}
	switch head := magic[:n]; {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		desc.MediaType = types.DockerLayer
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		desc.MediaType = types.OCILayerZStd
	default:
		desc.MediaType, desc.Digest = types.DockerUncompressedLayer, diffID
		return desc, nil
	}
	if m := ociBlob.FindStringSubmatch(path.Clean(file)); m != nil {
		desc.Digest = v1.Hash{Algorithm: "sha256", Hex: m[1]}
		return desc, nil
	}
	desc.Digest, _, err = v1.SHA256(io.MultiReader(bytes.NewReader(magic[:n]), f))
	return desc, err
}
