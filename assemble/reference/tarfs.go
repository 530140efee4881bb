package reference

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

const (
	// maxEntries bounds the files in an image archive. Real ones have one for
	// each blob and a few for each image.
	maxEntries = 100_000
	// maxLinks is how many consecutive links are followed.
	maxLinks = 8
)

// tarFS provides the files in a tar by name, read in place: an image archive is
// never unpacked. Names are cleaned, the last of several equal names wins as on
// disk, and links lead only to other files in the tar. Directories are not listed.
type tarFS struct {
	r     io.ReaderAt
	files map[string]tarEntry
}

// tarEntry is the place of a regular file's content, or a link's target.
type tarEntry struct {
	offset, size int64
	link         string
}

var _ fs.FS = (*tarFS)(nil)

// indexTar reads the headers of the tar in the first size bytes of r. An error
// describes the damage: a truncated or damaged archive, or a file that is not a
// tar.
func indexTar(r io.ReaderAt, size int64) (*tarFS, error) {
	t := &tarFS{r: r, files: map[string]tarEntry{}}
	section := io.NewSectionReader(r, 0, size)
	tr := tar.NewReader(section)
	for n := 0; ; n++ {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading tar entry %d: %w", n, err)
		}
		if n >= maxEntries {
			return nil, fmt.Errorf("the archive holds more than %d files", maxEntries)
		}
		name := cleanName(hdr.Name)
		switch hdr.Typeflag {
		case tar.TypeReg:
			if isSparse(hdr) {
				return nil, fmt.Errorf("%q is a sparse file", hdr.Name)
			}
			// archive/tar reads whole blocks and no further, so the section is
			// at the start of the content.
			offset, err := section.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, err
			}
			if hdr.Size > size-offset {
				return nil, fmt.Errorf("reading tar entry %q: %w", hdr.Name, io.ErrUnexpectedEOF)
			}
			t.files[name] = tarEntry{offset: offset, size: hdr.Size}
		case tar.TypeSymlink:
			t.files[name] = tarEntry{link: cleanName(path.Join(path.Dir("/"+name), hdr.Linkname))}
		case tar.TypeLink:
			t.files[name] = tarEntry{link: cleanName(hdr.Linkname)}
		case tar.TypeGNUSparse:
			return nil, fmt.Errorf("%q is a sparse file", hdr.Name)
		}
	}
}

// isSparse reports whether the content is stored with holes, which offset and size
// cannot describe.
func isSparse(hdr *tar.Header) bool {
	for key := range hdr.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// cleanName is the name relative to the archive's root, which ".." cannot
// leave.
func cleanName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// Open implements fs.FS for regular files.
func (t *tarFS) Open(name string) (fs.File, error) {
	target := cleanName(name)
	for range maxLinks {
		entry, ok := t.files[target]
		if !ok {
			break
		}
		if entry.link == "" {
			return &tarFile{io.NewSectionReader(t.r, entry.offset, entry.size), path.Base(name)}, nil
		}
		target = entry.link
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// tarFile is an open file in a tarFS and its own fs.FileInfo.
type tarFile struct {
	*io.SectionReader
	name string
}

var (
	_ fs.File     = (*tarFile)(nil)
	_ fs.FileInfo = (*tarFile)(nil)
)

func (f *tarFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *tarFile) Close() error               { return nil }
func (f *tarFile) Name() string               { return f.name }
func (f *tarFile) Mode() fs.FileMode          { return 0o444 }
func (f *tarFile) ModTime() time.Time         { return time.Time{} }
func (f *tarFile) IsDir() bool                { return false }
func (f *tarFile) Sys() any                   { return nil }
