package image

import (
	"github.com/slimify/slimify/assemble/reference"
)

// Step tells the log and the progress of a Step of a run, whose bytes nobody
// counts. The function that it returns ends it.
func (r *Reader) Step(verb string, image reference.Ref, attrs ...any) (end func()) {
	r.Log.Info(verb+" "+image.String(), attrs...)
	if r.Progress == nil {
		return func() {}
	}
	return r.Progress.Start(reference.Work{Verb: verb, Image: image.String()}).End
}
