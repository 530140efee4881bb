package assemble

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// PlacedError is a run that failed, or was interrupted, when some of its destinations
// were written.
type PlacedError struct {
	Refs []string // what is in place: repository@digest
	Err  error
}

func (e *PlacedError) Error() string {
	var attach *document.AttachError
	if errors.As(e.Err, &attach) { // it says so
		return e.Err.Error()
	}
	return fmt.Sprintf("%s is in place, but then: %v", strings.Join(e.Refs, ", "), e.Err)
}
func (e *PlacedError) Unwrap() error { return e.Err }

// placed adds to an error what was written before it.
func placed(rep *report.Report, err error) error {
	if len(rep.Pushed) == 0 {
		return err
	}
	return &PlacedError{rep.Pushed, err}
}

// setResult names the result before it is written. known is the report of the check that
// found the destinations up to date, or nil.
func setResult(rep *report.Report, slim reference.Artifact, dst reference.Ref, known *report.Report) error {
	digest, err := reference.Identity(dst, slim)
	if err != nil {
		return err
	}
	rep.Result = report.Named{Ref: dst.Pinned(digest), Digest: digest}
	if known != nil && known.Result.Digest == digest {
		rep.Unchanged, rep.UpToDate = true, true
	}
	return nil
}

// checkWritable checks the destinations before any work is done.
func checkWritable(ctx context.Context, session *reference.Session, dsts []reference.Ref) error {
	for _, dst := range dsts {
		if err := session.Writable(ctx, dst); err != nil {
			return err
		}
	}
	return nil
}

// push writes a draft to all destinations unless they are up to date, the manifest last
// in each.
func push(ctx context.Context, r *image.Reader, d *draft, dsts []reference.Ref, dryRun bool) error {
	defer d.rep.Timed("push")()
	if d.rep.UpToDate || dryRun {
		return nil
	}
	for _, dst := range dsts {
		end := r.Step("finishing", dst)
		got, err := r.Session.Write(ctx, dst, d.artifact)
		end()
		if err != nil {
			return err
		}
		d.rep.Pushed = append(d.rep.Pushed, dst.Pinned(got))
	}
	return nil
}
