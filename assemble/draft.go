package assemble

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// draft is a result before it is written.
type draft struct {
	artifact reference.Artifact
	results  []*build.Result // its platforms
	rep      *report.Report
}

// makeDraft makes what is to be written. dst is zero if the program gets the image.
func makeDraft(ctx context.Context, r *image.Reader, ref, dst reference.Ref, opts *RefOptions) (*draft, error) {
	src, err := r.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	d := &draft{rep: report.New(report.Named{Ref: ref.String(), Digest: src.Digest})}
	members, err := choosePlatforms(src, opts.Platforms, &d.rep.Run)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		job := &platformJob{r, src, m, dst, opts, d.rep}
		res, err := job.run(ctx)
		if err != nil {
			return nil, image.InPlatform(m.Platform, len(members), err)
		}
		d.results = append(d.results, res)
	}
	return d, d.assemble(src, opts)
}

// choosePlatforms finds the platforms to work on, and warns about the children that are
// left out.
func choosePlatforms(src *image.Source, platforms []v1.Platform, rep *report.Run) ([]image.Member, error) {
	attestations, others := 0, 0
	for _, c := range src.Children {
		if c.IsAttestation() {
			attestations++
		} else if p := c.Descriptor.Platform; p != nil && p.OS != "linux" {
			others++
		}
	}
	if attestations > 0 {
		rep.Warn("attestations", "%d attestations of the image left out: they describe its digest, not the result's", attestations)
	}
	if others > 0 {
		rep.Warn("other-systems", "%d images of other systems than Linux left out", others)
	}
	return image.Members(src, platforms)
}

// assemble makes an image from an image, an index from an index, or takes the source
// itself if there is nothing to slim.
func (d *draft) assemble(src *image.Source, opts *RefOptions) error {
	var before, after int64
	changed := false
	for _, res := range d.results {
		before += res.Fat.Compressed()
		if res.Slim != nil {
			changed = true
			after += res.Slim.CompressedSize()
		} else {
			after += res.Fat.Compressed()
		}
	}
	if after > before {
		if !opts.CopyIfLarger {
			return &gate.LargerError{Ref: src.Ref.String(), Before: before, After: after}
		}
		d.rep.Warn("larger", "the result would be larger (%d bytes instead of %d): the image is copied as it is", after, before)
		changed = false
	}
	if !changed {
		d.rep.Unchanged = true
		d.rep.Platforms = d.rep.Platforms[:0]
		for _, res := range d.results {
			d.rep.Platforms = append(d.rep.Platforms, unchangedReport(res))
		}
		d.artifact = src.Image
		if src.Index != nil {
			d.artifact = src.Index
		}
		return nil
	}
	if src.Index == nil {
		d.artifact = d.results[0].Slim
		return nil
	}
	index, err := build.NewIndex(src.Index, d.results)
	if err != nil {
		return err
	}
	d.artifact, err = build.SealIndex(index, src.Identity(), d.results, opts.Settings(opts.Compression))
	return err
}
