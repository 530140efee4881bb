package sample

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/slimify/slimify/layers/layertest"
)

// built is when the steps of all samples were run.
func built() time.Time { return time.Date(2024, 11, 12, 0, 0, 0, 0, time.UTC) }

// image builds an image from steps, lowest first.
func (b *builder) image(steps []Step) (v1.Image, error) {
	config := &v1.ConfigFile{Architecture: b.Architecture, OS: "linux", Created: v1.Time{Time: built()}, RootFS: v1.RootFS{Type: "layers"}}
	for _, s := range steps {
		if s.Config != nil {
			s.Config(&config.Config)
		}
	}
	if b.Squashed {
		steps = []Step{{History: "/bin/sh -c #(nop) squashed", Entries: squash(steps)}}
	}
	adds := make([]mutate.Addendum, len(steps))
	var g errgroup.Group
	for i, s := range steps {
		adds[i].History = v1.History{
			Created: v1.Time{Time: built()}, CreatedBy: s.History, Comment: "buildkit.dockerfile.v0", EmptyLayer: s.Empty,
		}
		if s.Empty {
			continue
		}
		g.Go(func() error {
			l, err := b.layer(s.Entries)
			if err != nil {
				return fmt.Errorf("sample: layer of %q: %w", s.History, err)
			}
			adds[i].Layer, adds[i].MediaType = l, l.mediaType
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	img := mutate.MediaType(empty.Image, b.MediaType)
	configType := types.DockerConfigJSON
	if b.MediaType == types.OCIManifestSchema1 {
		configType = types.OCIConfigJSON
	}
	img, err := mutate.ConfigFile(mutate.ConfigMediaType(img, configType), config)
	if err != nil {
		return nil, err
	}
	return mutate.Append(img, adds...)
}

// layer is a layer in memory.
type layer struct {
	tar, blob      []byte
	diffID, digest v1.Hash
	mediaType      types.MediaType
}

var _ v1.Layer = (*layer)(nil)

func (l *layer) Digest() (v1.Hash, error)            { return l.digest, nil }
func (l *layer) DiffID() (v1.Hash, error)            { return l.diffID, nil }
func (l *layer) Size() (int64, error)                { return int64(len(l.blob)), nil }
func (l *layer) MediaType() (types.MediaType, error) { return l.mediaType, nil }
func (l *layer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.blob)), nil
}
func (l *layer) Uncompressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.tar)), nil
}

func (b *builder) layer(entries []layertest.Entry) (*layer, error) {
	l := &layer{tar: layertest.Tar(entries...)}
	var err error
	if l.mediaType, err = b.layerType(); err != nil {
		return nil, err
	}
	if l.blob, err = compress(l.tar, b.Compression); err != nil {
		return nil, err
	}
	l.diffID, l.digest = hashOf(l.tar), hashOf(l.blob)
	return l, nil
}

// layerType is the layers' media type in the manifest's family. Docker's has
// none for zstd, for which tools write OCI's.
func (b *builder) layerType() (types.MediaType, error) {
	oci := b.MediaType == types.OCIManifestSchema1
	switch b.Compression {
	case compression.ZStd:
		return types.OCILayerZStd, nil
	case compression.GZip:
		if oci {
			return types.OCILayer, nil
		}
		return types.DockerLayer, nil
	case compression.None:
		if oci {
			return types.OCIUncompressedLayer, nil
		}
		return types.DockerUncompressedLayer, nil
	}
	return "", fmt.Errorf("no compression %q", b.Compression)
}

// compress compresses a tar. Its bytes are the same on every machine.
func compress(data []byte, c compression.Compression) ([]byte, error) {
	var buf bytes.Buffer
	var w io.WriteCloser
	var err error
	switch c {
	case compression.GZip:
		w, err = gzip.NewWriterLevel(&buf, gzip.DefaultCompression)
	case compression.ZStd:
		w, err = zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
	default:
		return data, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func hashOf(data []byte) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sha256.Sum256(data))}
}
