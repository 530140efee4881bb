package assemble

import (
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
)

// step tells the log and the progress of a step of a run, whose bytes nobody
// counts. The function that it returns ends it.
func (r *run) step(verb string, image reference.Ref, attrs ...any) (end func()) {
	r.log.Info(verb+" "+image.String(), attrs...)
	if r.opts.Session.Progress == nil {
		return func() {}
	}
	return r.opts.Session.Progress.Start(reference.Work{Verb: verb, Image: image.String()}).End
}

// writing tells progress of a layer that is written, in bytes of its tar; nil if
// nobody listens.
func (r *run) writing(image reference.Ref, l *extract.Layer) reference.Task {
	if r.opts.Session.Progress == nil {
		return nil
	}
	var bytes int64 = tarEnd
	for _, w := range l.Writes {
		bytes += tarSize(w.Entry.Size)
	}
	return r.opts.Session.Progress.Start(reference.Work{Verb: "writing", What: l.Part.String(), Image: image.String(), Bytes: bytes})
}

// taskWriter tells progress of the bytes that pass.
type taskWriter struct{ reference.Task }

func (w taskWriter) Write(p []byte) (int, error) {
	w.Add(int64(len(p)))
	return len(p), nil
}
