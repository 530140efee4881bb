package assemble

import (
	"context"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/assemble/trial"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/verify"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/layers"
)

// VerificationError is a result that would not work as its source does. Nothing
// was pushed.
type VerificationError struct {
	Ref      string           // of the source
	Findings []verify.Finding // the failures
}

// maxListed is how many findings an error lists.
const maxListed = 10

func (e *VerificationError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "verification of the slim image of %s failed; nothing was pushed", e.Ref)
	for i, f := range e.Findings {
		if i == maxListed {
			fmt.Fprintf(&s, "\n  and %d more", len(e.Findings)-maxListed)
			break
		}
		fmt.Fprintf(&s, "\n  %s: ", f.Check)
		if f.Path != "" {
			fmt.Fprintf(&s, "%s: ", image.Absolute(f.Path))
		}
		s.WriteString(f.Message)
	}
	return s.String()
}

// verifyResult looks in an assembled image for what would break it, and counts the
// findings that fail nothing. It returns a [*VerificationError] for what works in the
// source and would not in the result, unless the user dropped it. The layers of the
// original base image are read only when a finding needs them.
func verifyResult(ctx context.Context, r *image.Reader, a *analyze.Analysis, slim *build.Image, tree *layers.Tree) (notes int, err error) {
	in, b, sel := a.In, a.Base, a.Sel
	config, err := slim.ConfigFile()
	if err != nil {
		return 0, err
	}
	subject := verify.Subject{
		Config: &config.Config, Tree: tree, Base: check.MergedImage(&b.Base.Config.Config, b.Tree), Added: len(b.Layers), Removed: len(sel.Removals) > 0,
	}
	source := &check.Image{Config: &in.Config.Config, Stack: in.Stack, Dropped: sel.DroppedByUser}
	results, err := verify.Run(ctx, subject, source, extract.Ecosystems())
	if err != nil {
		return 0, err
	}
	failure := &VerificationError{Ref: a.Fat.Ref.String()}
	for _, res := range results {
		for _, f := range res.Findings {
			if f.Severity == verify.Failure {
				failure.Findings = append(failure.Findings, f)
			} else {
				notes++
			}
			r.Log.Debug("finding", "check", f.Check, "severity", string(f.Severity), "path", image.Absolute(f.Path), "what", f.Message)
		}
	}
	if len(failure.Findings) > 0 {
		return 0, failure
	}
	return notes, nil
}

// VerifyOptions are those of [Verify]. The zero value works.
type VerifyOptions struct {
	image.Access
	// Platforms limits an index to these; empty means all.
	Platforms []v1.Platform
	// Run says how programs of the image are run; nil means that none is run.
	Run *trial.Options
}

// Verify reads all layers of an image and looks for what would break it. against is an
// image to compare with, or the zero Ref: a problem that both have is not a failure, and
// the layers of its original base are read only when a finding needs them. Errors are those
// of [reference.Session.Open], [*image.PlatformError] and [*image.CorruptError]; a failed
// verification is not an error.
func Verify(ctx context.Context, ref, against reference.Ref, opts VerifyOptions) (v *report.Verification, err error) {
	r, err := image.NewReader(opts.Access)
	if err != nil {
		return nil, err
	}
	defer func() { err = cleanup.Close(err, r) }()
	src, err := r.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	v = &report.Verification{
		Schema: report.VerifySchema, Image: report.Named{Ref: ref.String(), Digest: src.Digest}, Platforms: []report.PlatformVerification{},
	}
	var fat *image.Source
	if !against.IsZero() {
		if fat, err = r.Open(ctx, against); err != nil {
			return nil, err
		}
		v.Against = &report.Named{Ref: against.String(), Digest: fat.Digest}
	}
	members, err := image.Members(src, opts.Platforms)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		p, err := verifyPlatform(ctx, r, src, fat, m, opts.Run)
		if err != nil {
			return nil, image.InPlatform(m.Platform, len(members), err)
		}
		v.Platforms = append(v.Platforms, *p)
	}
	return v, nil
}

// verifyPlatform verifies one image, compared with that of fat unless it is nil.
func verifyPlatform(ctx context.Context, r *image.Reader, src, fat *image.Source, m image.Member, run *trial.Options) (*report.PlatformVerification, error) {
	img, err := image.New(src.Ref, m.Child)
	if err != nil {
		return nil, err
	}
	r.Log.Info("reading the image's layers", "image", img.Ref.String(), "layers", len(img.Layers))
	stack, err := r.Stack(ctx, img, 0, nil, run != nil)
	if err != nil {
		return nil, err
	}
	var other *check.Image
	var of *image.Image
	if fat != nil {
		if of, other, err = openOther(ctx, r, fat, img, stack.Upper, run != nil); err != nil {
			return nil, err
		}
	}
	end := r.Step("verifying", img.Ref)
	results, err := verify.Run(ctx, verify.Subject{Config: &img.Config.Config, Tree: stack.Upper}, other, extract.Ecosystems())
	end()
	if err != nil {
		return nil, err
	}
	p := verification(m.Platform, results)
	if run != nil {
		if p.Run, err = trial.Run(ctx, r, img, of, *run); err != nil {
			return nil, err
		}
		if p.Run.Status == report.Failed {
			p.Status = report.Failed
		}
	}
	return p, nil
}

// openOther opens the image to compare with. The layers of its original base image are not read:
// names in layers without headers for their parents lead through the links of
// the image that is verified.
func openOther(ctx context.Context, r *image.Reader, fat *image.Source, img *image.Image, tree *layers.Tree, keep bool) (*image.Image, *check.Image, error) {
	child, err := image.Pick(fat, img.Platform())
	if err != nil {
		return nil, nil, err
	}
	of, err := image.New(fat.Ref, child)
	if err != nil {
		return nil, nil, err
	}
	image.ShareLayers(img, of)
	stack, err := r.Stack(ctx, of, extract.Boundary(of.Config), image.LinksOf(tree), keep)
	if err != nil {
		return nil, nil, err
	}
	return of, &check.Image{Config: &of.Config.Config, Stack: stack}, nil
}

// verification renders the results of one platform.
func verification(platform string, results []verify.Result) *report.PlatformVerification {
	p := &report.PlatformVerification{Platform: platform, Status: report.Passed, Checks: []report.Check{}}
	for _, res := range results {
		c := report.Check{Name: res.Check, Status: report.Passed, Items: res.Items, Unit: res.Unit, Findings: []report.Finding{}}
		if res.Failed() {
			c.Status, p.Status = report.Failed, report.Failed
		}
		for _, f := range res.Findings {
			c.Findings = append(c.Findings, report.Finding{Severity: report.Severity(f.Severity), Path: image.Absolute(f.Path), Message: f.Message})
		}
		p.Checks = append(p.Checks, c)
	}
	return p
}
