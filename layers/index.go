package layers

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Table is one layer's table of contents, in the order of its tar.
type Table struct {
	Entries []Entry
	// Bytes is the length of the uncompressed tar stream.
	Bytes int64
}

// Size is the sum of the layer's regular files in bytes.
func (t *Table) Size() int64 {
	var n int64
	for i := range t.Entries {
		n += t.Entries[i].Size
	}
	return n
}

// Capture looks at a regular file while its layer is read and returns what to
// remember of it: the content, an extract, or nil. It need not read the content
// to its end. A nil Capture remembers nothing.
type Capture func(e *Entry, content io.Reader) ([]byte, error)

// Limits bounds what a hostile layer may cost.
type Limits struct {
	Entries    int   // headers in one layer
	Bytes      int64 // uncompressed bytes of one layer
	PathLength int   // bytes of one name, or of a link's text
	Depth      int   // directories in one name
	Xattr      int   // bytes of one extended attribute
	Memory     int64 // bytes of names, attributes and captured content of one layer
}

// DefaultLimits are far above what real images need and low enough for the
// memory of common machines: half a million headers take about 500 MiB.
func DefaultLimits() Limits {
	return Limits{
		Entries: 500_000, Bytes: 1 << 40, PathLength: 4096, Depth: 256, Xattr: 64 << 10, Memory: 128 << 20,
	}
}

// EntryError is an error in a layer's tar, with the entry where it was found.
type EntryError struct {
	Entry string // the entry's name, or the previous one's if the header is unreadable
	Err   error
}

func (e *EntryError) Error() string {
	if e.Entry == "" {
		return fmt.Sprintf("first entry: %v", e.Err)
	}
	return fmt.Sprintf("entry %q: %v", e.Entry, e.Err)
}

func (e *EntryError) Unwrap() error { return e.Err }

// ErrStop ends [Read] without error when the function that it calls returns it.
var ErrStop = errors.New("stop reading")

// Read calls f for each entry of an uncompressed layer, with its number in the
// layer's table and, for a regular file, its content. It ends at the tar's end,
// at the first error in the tar, which is an [*EntryError], or when f returns
// an error.
func Read(r io.Reader, limits Limits, f func(i int, e *Entry, content io.Reader) error) error {
	tr := tar.NewReader(r)
	last := ""
	for i := 0; ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &EntryError{last, fmt.Errorf("reading the next header: %w", err)}
		}
		last = h.Name
		e, err := newEntry(h, limits)
		if err != nil {
			return &EntryError{h.Name, err}
		}
		if e == nil {
			continue
		}
		if err := f(i, e, tr); errors.Is(err, ErrStop) {
			return nil
		} else if err != nil {
			return &EntryError{h.Name, err}
		}
		i++
	}
}

// Index reads an uncompressed layer to the end of the stream, trailing bytes
// included, so that a caller who hashes r sees all of it. Errors in the tar are
// [*EntryError]s.
func Index(r io.Reader, capture Capture, limits Limits) (*Table, error) {
	in := &indexer{capture: capture, limits: limits, sum: newSummer()}
	stream := &counted{r: r, limit: limits.Bytes}
	if err := Read(stream, limits, in.add); err != nil {
		return nil, err
	}
	// Two zero blocks end a tar; what follows still counts for the diff ID.
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return nil, fmt.Errorf("reading past the last entry: %w", err)
	}
	in.table.Bytes = stream.n
	return &in.table, nil
}

type indexer struct {
	capture Capture
	limits  Limits
	sum     *summer
	held    int64 // bytes that stay in memory
	table   Table
}

func (in *indexer) add(i int, e *Entry, content io.Reader) error {
	if i >= in.limits.Entries {
		return fmt.Errorf("layer has more than %d entries", in.limits.Entries)
	}
	if e.Kind == File {
		if err := in.read(e, content); err != nil {
			return err
		}
	}
	in.held += int64(len(e.Name) + len(e.Link) + len(e.Evidence))
	for k, v := range e.Xattrs {
		in.held += int64(len(k) + len(v))
	}
	if in.held > in.limits.Memory {
		return fmt.Errorf("names, attributes and metadata of the layer are longer than %d bytes", in.limits.Memory)
	}
	in.table.Entries = append(in.table.Entries, *e)
	return nil
}

// read hashes a file's content while the capture looks at it.
func (in *indexer) read(e *Entry, content io.Reader) error {
	in.sum.Reset()
	tee := io.TeeReader(content, in.sum)
	if in.capture != nil {
		evidence, err := in.capture(e, tee)
		if err != nil {
			return fmt.Errorf("capturing content: %w", err)
		}
		e.Evidence = evidence
	}
	if _, err := io.CopyBuffer(in.sum, onlyReader{content}, in.sum.buf); err != nil {
		return fmt.Errorf("reading content: %w", err)
	}
	if in.sum.n != e.Size {
		return fmt.Errorf("content has %d bytes, its header says %d", in.sum.n, e.Size)
	}
	in.sum.Sum(e.Digest[:0])
	return nil
}

// onlyReader hides tar.Reader's WriterTo, which would copy in small pieces.
type onlyReader struct{ io.Reader }

// summer is a SHA-256 that also counts, and the buffer that feeds it.
type summer struct {
	hash interface {
		io.Writer
		Sum([]byte) []byte
		Reset()
	}
	n   int64
	buf []byte
}

func newSummer() *summer { return &summer{hash: sha256.New(), buf: make([]byte, 64<<10)} }

func (s *summer) Write(p []byte) (int, error) {
	s.n += int64(len(p))
	return s.hash.Write(p)
}

func (s *summer) Sum(b []byte) []byte { return s.hash.Sum(b) }

func (s *summer) Reset() {
	s.hash.Reset()
	s.n = 0
}

// counted counts a stream and ends it with an error at a limit.
type counted struct {
	r     io.Reader
	n     int64
	limit int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.n > c.limit {
		return n, fmt.Errorf("layer is longer than %d bytes", c.limit)
	}
	return n, err
}
