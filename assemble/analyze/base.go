package analyze

import (
	"context"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
)

// NoBaseError is returned when none of the slim images that would fit exists, or the
// registry that may have them cannot be reached.
type NoBaseError struct {
	Tried []string
	Err   error // of the last
}

func (e *NoBaseError) Error() string {
	return fmt.Sprintf("no slim base found: tried %s: %v", strings.Join(e.Tried, ", "), e.Err)
}
func (e *NoBaseError) Unwrap() error { return e.Err }

// Base is the slim image that a result stands on.
type Base struct {
	*image.Image
	selection.Base
	Src *image.Source
	why string // it was chosen, for people
}

// Report is what reports say about the base.
func (b *Base) Report() report.Base {
	return report.Base{Ref: b.Ref.String(), Digest: b.Src.Digest, Why: b.why}
}

// chooseBase opens the base that the choices name, or looks for the one that
// fits an interpreter and a Debian release: the exact version first, then the minor one.
func chooseBase(ctx context.Context, r *image.Reader, ref reference.Ref, runtime selection.Runtime, release string) (*image.Source, string, error) {
	if ref.Transport() != reference.Registry || ref.HasIdentifier() {
		why := "given by --base"
		if ref.Transport() == reference.Memory {
			why = "given by the caller"
		}
		src, err := r.Open(ctx, ref)
		return src, why, err
	}
	candidates, err := BaseCandidates(ref, runtime, release)
	if err != nil {
		return nil, "", err
	}
	missing := &NoBaseError{}
	for _, tagged := range candidates {
		src, err := r.Open(ctx, tagged)
		if err == nil {
			why := fits(runtime, release)
			if len(missing.Tried) > 0 {
				why += "; there is no " + strings.Join(missing.Tried, ", ")
			}
			return src, why, nil
		}
		var absent *reference.NotFoundError
		if !errors.As(err, &absent) {
			return nil, "", OutOfReach(tagged, err)
		}
		missing.Tried = append(missing.Tried, tagged.String())
		missing.Err = err
	}
	return nil, "", missing
}

// BaseCandidates lists the bases that a run tries, best first.
func BaseCandidates(ref reference.Ref, runtime selection.Runtime, release string) ([]reference.Ref, error) {
	if ref.Transport() != reference.Registry || ref.HasIdentifier() {
		return []reference.Ref{ref}, nil
	}
	var out []reference.Ref
	for _, tag := range extract.BaseTags(runtime, release) {
		tagged, err := ref.WithTag(tag)
		if err != nil {
			return nil, err
		}
		out = append(out, tagged)
	}
	return out, nil
}

// OutOfReach turns the error of opening a base that nobody named into a [*NoBaseError]
// if its registry cannot be reached.
func OutOfReach(ref reference.Ref, err error) error {
	var unreachable *reference.UnreachableError
	if errors.As(err, &unreachable) {
		return &NoBaseError{Tried: []string{ref.String()}, Err: err}
	}
	return err
}

// openBase opens the base for an image and reads all of its layers.
func openBase(ctx context.Context, r *image.Reader, req Request, in *selection.Image, want v1.Platform) (*Base, error) {
	src, why, err := chooseBase(ctx, r, req.Base, in.Runtime, in.Release)
	if err != nil {
		return nil, err
	}
	child, err := image.Pick(src, want)
	if err != nil {
		return nil, err
	}
	img, err := image.New(src.Ref, child)
	if err != nil {
		return nil, err
	}
	stack, err := r.Stack(ctx, img, 0, nil, req.SpoolBase)
	if err != nil {
		return nil, err
	}
	b := &Base{Image: img, Src: src, why: why, Base: selection.Base{Config: img.Config, Tree: stack.Upper}}
	for _, l := range img.Layers {
		b.Tables = append(b.Tables, l.Table)
	}
	if b.Runtime, err = extract.FindRuntime(ctx, img.Config, stack); err != nil {
		return nil, fmt.Errorf("base %s: %w", src.Ref, err)
	}
	if b.Release, err = official.FindRelease(ctx, img.Config, stack); err != nil {
		return nil, fmt.Errorf("base %s: %w", src.Ref, err)
	}
	return b, nil
}
