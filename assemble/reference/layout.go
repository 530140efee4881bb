package reference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// refName is the annotation by which an OCI layout tags an image (image-spec,
// annotations.md).
const refName = "org.opencontainers.image.ref.name"

const (
	layoutFile  = "oci-layout"
	indexFile   = "index.json"
	dockerFile  = "manifest.json"
	blobsDir    = "blobs"
	layoutWords = `{"imageLayoutVersion":"1.0.0"}`
)

// openDir opens an image in an OCI layout directory. It reads nothing outside
// the directory, even through symbolic links.
func openDir(ref Ref) (_ *Source, err error) {
	if info, err := os.Stat(ref.path); err == nil && !info.IsDir() {
		return nil, &UnsupportedError{Ref: ref.String(), Reason: "it is a file; use oci-archive:FILE for an OCI layout"}
	}
	root, err := os.OpenRoot(ref.path)
	if isMissing(err) {
		return nil, &NotFoundError{Ref: ref.String(), Cause: err}
	}
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", ref, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Close())
		}
	}()
	src, err := openLayout(ref, root.FS())
	if err != nil {
		return nil, err
	}
	src.close = root.Close
	return src, nil
}

// isMissing reports whether a path does not exist, or leads through a file.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// openArchive opens an image in an archive of the reference's format.
func (s *Session) openArchive(ctx context.Context, ref Ref) (_ *Source, err error) {
	r, size, closer, err := s.archive(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closer())
		}
	}()
	files, err := indexTar(r, size)
	if err != nil {
		return nil, &CorruptError{Object: fmt.Sprintf("archive %q", ref.path), Cause: err}
	}
	open := openLayout
	if ref.transport == DockerArchive {
		open = openDocker
	}
	src, err := open(ref, files)
	if err != nil {
		return nil, err
	}
	src.close = closer
	return src, nil
}

// archive returns the tar that ref names: the file itself, or a spooled copy of
// standard input or of a decompressed file.
func (s *Session) archive(ctx context.Context, ref Ref) (_ io.ReaderAt, size int64, closer func() error, err error) {
	var file *os.File
	if ref.Stdin() {
		if s.opts.Stdin == nil {
			return nil, 0, nil, &ParseError{Ref: ref.String(), Cause: errors.New("no standard input")}
		}
		in, err := s.stdin.open(ctx, s.opts.TempDir, s.opts.Stdin)
		if err != nil {
			return nil, 0, nil, fmt.Errorf("reading standard input: %w", err)
		}
		// The session closes it, since standard input cannot be read twice.
		file, size, closer = in.File, in.size, func() error { return nil }
	} else {
		// Stat first: opening a fifo would wait for a writer.
		info, err := os.Stat(ref.path)
		switch {
		case isMissing(err):
			return nil, 0, nil, &NotFoundError{Ref: ref.String(), Cause: err}
		case err != nil:
			return nil, 0, nil, fmt.Errorf("opening %q: %w", ref, err)
		case info.IsDir():
			return nil, 0, nil, &UnsupportedError{Ref: ref.String(), Reason: "it is a directory; use oci:DIR for an OCI layout"}
		case !info.Mode().IsRegular():
			return nil, 0, nil, &UnsupportedError{Ref: ref.String(), Reason: "it is not a regular file; pipe it and name the file -"}
		}
		if file, err = os.Open(ref.path); err != nil {
			return nil, 0, nil, fmt.Errorf("opening %q: %w", ref, err)
		}
		size, closer = info.Size(), file.Close
	}
	plain, err := decompressor(file, size)
	if err != nil {
		err = &CorruptError{Object: fmt.Sprintf("archive %q", ref.path), Cause: err}
		return nil, 0, nil, errors.Join(err, closer())
	}
	if plain == nil {
		return file, size, closer, nil
	}
	spooled, err := spool(ctx, s.opts.TempDir, plain)
	if err = errors.Join(err, plain.Close(), closer()); err != nil {
		if !isTyped(err) && !canceled(ctx, err) {
			err = &CorruptError{Object: fmt.Sprintf("archive %q", ref.path), Cause: err}
		}
		return nil, 0, nil, err
	}
	return spooled, spooled.size, spooled.Close, nil
}

// openLayout opens the image in an OCI layout that the reference selects, by tag,
// by digest or as the only one.
func openLayout(ref Ref, fsys fs.FS) (*Source, error) {
	if err := checkLayoutVersion(ref, fsys); err != nil {
		return nil, err
	}
	raw, err := readFile(fsys, indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		if _, derr := fs.Stat(fsys, dockerFile); derr == nil {
			return nil, &UnsupportedError{Ref: ref.String(), Reason: "it is a Docker archive; use docker-archive:" + ref.path}
		}
		return nil, &UnsupportedError{Ref: ref.String(), Reason: "it is not an OCI layout: there is no index.json"}
	}
	if err != nil {
		return nil, &CorruptError{Object: fmt.Sprintf("index.json of %q", ref.Repository()), Cause: err}
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	if err == nil {
		err = checkDescriptors(index.Manifests)
	}
	if err != nil {
		return nil, &CorruptError{Object: fmt.Sprintf("index.json of %q", ref.Repository()), Cause: err}
	}
	desc, err := selectEntry(ref, index.Manifests)
	if err != nil {
		return nil, err
	}
	return sourceOf(ref, &store{fsys: fsys, path: layoutPath}, desc)
}

// checkLayoutVersion refuses layouts of another version. It accepts a missing file,
// since some tools do not write it.
func checkLayoutVersion(ref Ref, fsys fs.FS) error {
	raw, err := readFile(fsys, layoutFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var layout struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &layout)
	}
	if err != nil {
		return &CorruptError{Object: fmt.Sprintf("oci-layout of %q", ref.Repository()), Cause: err}
	}
	if !strings.HasPrefix(layout.Version, "1.") {
		return &UnsupportedError{Ref: ref.String(), Reason: fmt.Sprintf("it is an OCI layout of version %q", layout.Version)}
	}
	return nil
}

// selectEntry finds the entry in a layout's index for a reference. Without a tag it
// is the only image, or the only one without a tag, as written by Write.
func selectEntry(ref Ref, entries []v1.Descriptor) (v1.Descriptor, error) {
	if !ref.explicit {
		entries = slices.DeleteFunc(slices.Clone(entries), func(d v1.Descriptor) bool { return d.ArtifactType != "" })
	}
	var unnamed []v1.Descriptor
	names := make([]string, 0, len(entries))
	for _, desc := range entries {
		tag := desc.Annotations[refName]
		names = append(names, tag)
		switch {
		case ref.digest != "" && ref.digest == desc.Digest.String(), ref.tag != "" && ref.tag == tag:
			return desc, nil
		case isUnnamed(desc):
			unnamed = append(unnamed, desc)
		}
	}
	switch {
	case len(entries) == 0:
		return v1.Descriptor{}, &NotFoundError{Ref: ref.String(), Cause: errors.New("the layout is empty")}
	case ref.digest != "":
		return v1.Descriptor{}, &NotFoundError{Ref: ref.String(), Cause: errors.New("the layout has no such digest")}
	case ref.tag != "":
		return v1.Descriptor{}, &NotFoundError{Ref: ref.String(), Cause: fmt.Errorf("the layout has no such tag, only %q", names)}
	case len(entries) == 1:
		return entries[0], nil
	case len(unnamed) == 1:
		return unnamed[0], nil
	}
	return v1.Descriptor{}, ambiguous(ref, names)
}

// isUnnamed reports whether an entry in a layout is an image without a tag, rather
// than an artifact or an entry with other tools' annotations, such as a signature.
func isUnnamed(d v1.Descriptor) bool { return len(d.Annotations) == 0 && d.ArtifactType == "" }

// readFile reads a small file in a layout or archive.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := openFile(fsys, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return readAll(f, info.Size(), maxManifest)
}
