package reference

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// writeArchive writes an OCI layout of one image as a tar, which replaces the file.
// The bytes depend only on the image and the tag.
func (s *Session) writeArchive(ctx context.Context, ref Ref, a Artifact) error {
	entry, err := descriptor(a, ref.tag)
	if err != nil {
		return err
	}
	index, err := mergeEntry(nil, entry)
	if err != nil {
		return err
	}
	blobs, err := collect(a)
	if err != nil {
		return fmt.Errorf("writing %q: %w", ref, err)
	}
	return replaceFile(ref.path, func(w io.Writer) error {
		tw := tar.NewWriter(w)
		if err := writeArchiveHead(tw, index); err != nil {
			return err
		}
		dirs := map[string]bool{}
		for _, b := range blobs {
			if dir := blobsDir + "/" + b.digest.Algorithm + "/"; !dirs[dir] {
				dirs[dir] = true
				if err := writeDirHeader(tw, dir); err != nil {
					return err
				}
			}
			if err := writeFileHeader(tw, layoutPath(b.digest), b.size); err != nil {
				return err
			}
			if err := b.copyTo(ctx, tw); err != nil {
				return err
			}
		}
		return tw.Close()
	})
}

// writeArchiveHead writes the files that a reader needs first.
func writeArchiveHead(tw *tar.Writer, index []byte) error {
	for _, file := range []struct {
		name    string
		content []byte
	}{{layoutFile, []byte(layoutWords)}, {indexFile, index}} {
		if err := writeFileHeader(tw, file.name, int64(len(file.content))); err != nil {
			return err
		}
		if _, err := tw.Write(file.content); err != nil {
			return err
		}
	}
	return writeDirHeader(tw, blobsDir+"/")
}

func writeFileHeader(tw *tar.Writer, name string, size int64) error {
	return tw.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0),
	})
}

func writeDirHeader(tw *tar.Writer, name string) error {
	return tw.WriteHeader(&tar.Header{
		Typeflag: tar.TypeDir, Name: name, Mode: 0o755, ModTime: time.Unix(0, 0),
	})
}

// writeDocker writes an image in the format of docker load and returns the
// image ID.
func (s *Session) writeDocker(ctx context.Context, ref Ref, a Artifact) (v1.Hash, error) {
	img, err := singleImage(ref, a)
	if err != nil {
		return v1.Hash{}, err
	}
	id, err := img.ConfigName()
	if err != nil {
		return v1.Hash{}, fmt.Errorf("computing image ID: %w", err)
	}
	var repoTag name.Reference
	if ref.image != nil {
		repoTag = ref.image
	}
	err = replaceFile(ref.path, func(w io.Writer) error {
		out, end := countedArchive(ctx, repoTag, img, &contextWriter{ctx, w})
		defer end()
		return tarball.Write(repoTag, img, out)
	})
	if err != nil {
		return v1.Hash{}, fmt.Errorf("writing %q: %w", ref, err)
	}
	return id, nil
}

// contextWriter fails when ctx ends.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *contextWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
