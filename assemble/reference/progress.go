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

// Progress receives the progress of work that takes time. It is called from
// several goroutines at once. It does not affect a run.
type Progress interface {
	// Start reports the start of a piece of work.
	Start(Work) Task
}

// Work describes a piece of work for people.
type Work struct {
	Verb  string // "reading", "writing", "pushing", …
	What  string // "layer 3 of 9"; "" for a whole image
	Image string // the image's reference
	Bytes int64  // the total; 0 if it is not known
}

// String is one phrase: "reading layer 3 of 9 of app:1.0".
func (w Work) String() string {
	s := w.Verb
	if w.What != "" {
		s += " " + w.What + " of"
	}
	return s + " " + w.Image
}

// Task is a piece of work in progress.
type Task interface {
	// Add reports n more bytes.
	Add(n int64)
	// End reports the end of the work, done or failed. It may be called more than
	// once.
	End()
}

// Counted reports the reading of a stream to p, which may be nil, as one piece
// of work, from now until Close.
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

// minCounted is the size in bytes from which the progress of a blob is
// reported.
const minCounted = 64 << 10

// writing describes a Write for the progress of its blobs.
type writing struct {
	progress Progress
	ref      Ref
	layers   map[int64]string // the names of the image's layers, by size
}

type writingKey struct{}

// withProgress returns the context for a Write of a, in which sending or copying
// a blob reports progress. A wrapper around layers would hide from
// go-containerregistry which of them can be mounted.
func (s *Session) withProgress(ctx context.Context, ref Ref, a Artifact) context.Context {
	if s.opts.Progress == nil {
		return ctx
	}
	w := &writing{s.opts.Progress, ref, map[int64]string{}}
	if img, ok := a.(v1.Image); ok {
		if m, err := img.Manifest(); err == nil { // without it only the names are missing
			for i, l := range m.Layers {
				w.layers[l.Size] = fmt.Sprintf("layer %d of %d", i+1, len(m.Layers))
			}
		}
	}
	return context.WithValue(ctx, writingKey{}, w)
}

// countedWrite reports the progress of a blob that is written by ctx's Write. The
// blob is identified by its size: the digest is not known before the upload's end.
func countedWrite(ctx context.Context, size int64, rc io.ReadCloser) io.ReadCloser {
	w, ok := ctx.Value(writingKey{}).(*writing)
	if !ok || size < minCounted {
		return rc
	}
	verb := "writing"
	if w.ref.transport == Registry {
		verb = "pushing"
	}
	return Counted(w.progress, Work{verb, cmp.Or(w.layers[size], "a layer"), w.ref.String(), size}, rc)
}

// countedArchive reports the progress of writing a Docker archive to out as one
// piece of work. end must be called afterwards.
func countedArchive(ctx context.Context, tag name.Reference, img v1.Image, out io.Writer) (_ io.Writer, end func()) {
	w, ok := ctx.Value(writingKey{}).(*writing)
	if !ok {
		return out, func() {}
	}
	size, err := tarball.CalculateSize(map[name.Reference]v1.Image{tag: img})
	if err != nil {
		size = 0 // writing fails with the same error
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
