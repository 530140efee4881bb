package assemble

import (
	"context"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/layers"
)

// NoBaseError is returned when none of the slim images that would fit exists, or the
// registry that may have them is out of reach.
type NoBaseError struct {
	Tried []string
	Err   error // of the last
}

func (e *NoBaseError) Error() string {
	return fmt.Sprintf("no slim base found: tried %s: %v", strings.Join(e.Tried, ", "), e.Err)
}
func (e *NoBaseError) Unwrap() error { return e.Err }

// base is the slim image that a result stands on.
type base struct {
	*image
	extract.Base
	src    *source
	why    string // how it was chosen, for people
	copied bool   // its blobs go to another registry
}

// report tells of the base and why it was chosen.
func (b *base) report() report.Base {
	return report.Base{Ref: b.ref.String(), Digest: b.src.Digest, Why: b.why}
}

// chooseBase opens the base that the options name, or looks for the one that
// fits an interpreter and a suite: the exact version first, then the minor one.
func (r *run) chooseBase(ctx context.Context, python extract.Python, suite string) (*source, string, error) {
	ref := r.opts.Base
	if ref.Transport() != reference.Registry || ref.HasIdentifier() {
		src, err := r.open(ctx, ref)
		return src, "given by --base", err
	}
	candidates, err := baseCandidates(ref, python, suite)
	if err != nil {
		return nil, "", err
	}
	missing := &NoBaseError{}
	for _, tagged := range candidates {
		src, err := r.open(ctx, tagged)
		if err == nil {
			why := "Python " + python.Version
			if suite != "" {
				why += " on " + suite
			}
			if len(missing.Tried) > 0 {
				why += "; there is no " + strings.Join(missing.Tried, ", ")
			}
			return src, why, nil
		}
		var absent *reference.NotFoundError
		if !errors.As(err, &absent) {
			return nil, "", outOfReach(tagged, err)
		}
		missing.Tried = append(missing.Tried, tagged.String())
		missing.Err = err
	}
	return nil, "", missing
}

// outOfReach turns an error of opening a base that nobody named into one that says what
// it is about, if its registry cannot be reached.
func outOfReach(ref reference.Ref, err error) error {
	var unreachable *reference.UnreachableError
	if errors.As(err, &unreachable) {
		return &NoBaseError{Tried: []string{ref.String()}, Err: err}
	}
	return err
}

// openBase chooses the base and reads its image of a platform, whole. Blobs are
// spooled where the push will have to copy them, or an inventory to read them again;
// dst is zero if there is none.
func (r *run) openBase(ctx context.Context, python extract.Python, suite string, want v1.Platform, dst reference.Ref) (*base, error) {
	src, why, err := r.chooseBase(ctx, python, suite)
	if err != nil {
		return nil, err
	}
	child, err := pick(src, want)
	if err != nil {
		return nil, err
	}
	img, err := openImage(src.Ref, child)
	if err != nil {
		return nil, err
	}
	copied := !dst.IsZero() && !r.opts.DryRun && !sameRegistry(src.Ref, dst)
	again := !dst.IsZero() && r.opts.inventory()
	stack, err := r.stack(ctx, img, 0, nil, copied || again)
	if err != nil {
		return nil, err
	}
	b := &base{image: img, src: src, why: why, copied: copied, Base: extract.Base{Config: img.config, Tree: stack.Upper}}
	for _, l := range img.layers {
		b.Tables = append(b.Tables, l.table)
	}
	if b.Python, err = extract.FindPython(ctx, img.config, stack); err != nil {
		return nil, fmt.Errorf("base %s: %w", src.Ref, err)
	}
	if b.Suite, err = extract.FindSuite(ctx, img.config, stack); err != nil {
		return nil, fmt.Errorf("base %s: %w", src.Ref, err)
	}
	return b, nil
}

// sameRegistry reports whether both lie in one registry, which can then mount
// blobs of one repository into another.
func sameRegistry(a, b reference.Ref) bool {
	return a.Transport() == reference.Registry && b.Transport() == reference.Registry &&
		a.Name().Context().RegistryStr() == b.Name().Context().RegistryStr()
}

// links tells a tree of upper layers of the base's links to directories (merged
// /usr, /var/run), which names in layers without headers for their parents lead
// through.
func (b *base) links(t *layers.Tree) error { return linksOf(b.Tree)(t) }

// linksOf returns a function that tells a tree of upper layers of another tree's
// links to directories.
func linksOf(from *layers.Tree) func(*layers.Tree) error {
	return func(t *layers.Tree) error {
		var err error
		from.Walk(func(n *layers.Node) bool {
			if n.Kind == layers.Symlink && err == nil {
				if to, rerr := from.Resolve(n.Path()); rerr == nil && to.Kind == layers.Dir {
					err = t.Assume(n.Path(), n.Link)
				}
			}
			return err == nil
		})
		return err
	}
}
