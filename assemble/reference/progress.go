package reference

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Progress is told of work that takes time, while it is done. It is called from
// several goroutines at once. Nothing that a run does depends on it.
type Progress interface {
	// Start tells that a piece of work begins.
	Start(Work) Task
}

// Work is a piece of work, in words for people.
type Work struct {
	Verb  string // "reading", "writing", "pushing", …
	What  string // "layer 3 of 9"; "" if it is the image as a whole
	Image string // the reference that is worked on
	Bytes int64  // how many there are to do; 0 if they are not counted
}

// String says it in one phrase: "reading layer 3 of 9 of app:1.0".
func (w Work) String() string {
	s := w.Verb
	if w.What != "" {
		s += " " + w.What + " of"
	}
	return s + " " + w.Image
}

// Task is a piece of work under way.
type Task interface {
	// Add tells of so many more bytes.
	Add(n int64)
	// End tells that nothing more comes, be it because all is done or because the
	// work failed. It may be called more than once.
	End()
}

// Counted tells p, which may be nil, of a stream that is read: as one piece of
// work, from now until Close.
func Counted(p Progress, w Work, rc io.ReadCloser) io.ReadCloser {
	if p == nil {
		return rc
	}
	return &counted{rc, p.Start(w)}
}

type counted struct {
	io.ReadCloser
	task Task
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.task.Add(int64(n))
	return n, err
}

func (c *counted) Close() error {
	c.task.End()
	return c.ReadCloser.Close()
}

// minTold is the size in bytes below which nobody waits for a blob.
const minTold = 64 << 10

// writing is what a Write tells of the blobs that it writes.
type writing struct {
	progress Progress
	ref      Ref
	layers   map[int64]string // the names of the image's layers, by size
}

type writingKey struct{}

// telling gives ctx to all that is done for a Write of a: what sends or copies a
// blob there tells progress of it. A wrapper around layers would do as well, but
// hide from go-containerregistry which of them can be mounted.
func (s *Session) telling(ctx context.Context, ref Ref, a Artifact) context.Context {
	if s.opts.Progress == nil {
		return ctx
	}
	w := &writing{s.opts.Progress, ref, map[int64]string{}}
	if img, ok := a.(v1.Image); ok {
		if m, err := img.Manifest(); err == nil { // without it the names lack, no more
			for i, l := range m.Layers {
				w.layers[l.Size] = fmt.Sprintf("layer %d of %d", i+1, len(m.Layers))
			}
		}
	}
	return context.WithValue(ctx, writingKey{}, w)
}

// countedWrite tells progress of a blob that is read to be written for ctx's Write. A
// blob is known by its size: uploads do not tell its digest before their end.
func countedWrite(ctx context.Context, size int64, rc io.ReadCloser) io.ReadCloser {
	w, ok := ctx.Value(writingKey{}).(*writing)
	if !ok || size < minTold {
		return rc
	}
	verb := "writing"
	if w.ref.transport == Registry {
		verb = "pushing"
	}
	return Counted(w.progress, Work{verb, cmp.Or(w.layers[size], "a layer"), w.ref.String(), size}, rc)
}

// countedArchive tells progress of a Docker archive that is written to out, which
// is told as a whole. end must be called after it.
func countedArchive(ctx context.Context, tag name.Reference, img v1.Image, out io.Writer) (_ io.Writer, end func()) {
	w, ok := ctx.Value(writingKey{}).(*writing)
	if !ok {
		return out, func() {}
	}
	size, err := tarball.CalculateSize(map[name.Reference]v1.Image{tag: img})
	if err != nil {
		size = 0 // writing meets the same error, and tells it
	}
	task := w.progress.Start(Work{Verb: "writing", Image: w.ref.String(), Bytes: size})
	return &countedWriter{out, task}, task.End
}

type countedWriter struct {
	io.Writer
	task Task
}

func (c *countedWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.task.Add(int64(n))
	return n, err
}
