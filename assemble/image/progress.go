package image

import (
	"github.com/slimify/slimify/assemble/reference"
)

// Step logs a step of a run and reports its progress, in which no bytes are counted. The
// function that it returns ends the step.
func (r *Reader) Step(verb string, image reference.Ref, attrs ...any) (end func()) {
	r.Log.Info(verb+" "+image.String(), attrs...)
	if r.Progress == nil {
		return func() {}
	}
	return r.Progress.Start(reference.Work{Verb: verb, Image: image.String()}).End
}
