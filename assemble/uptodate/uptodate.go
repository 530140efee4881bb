package uptodate

import (
	"context"
	"errors"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
)

// Query is what a run would do.
type Query struct {
	Source       reference.Ref
	Destinations []reference.Ref
	Base         reference.Ref // as it was given: perhaps a repository
	Settings     label.Settings
	// Strict, Gates and DryRun are the run's options.
	Strict bool
	Gates  gate.Limits
	DryRun bool
}

// Check returns the report of a run that has nothing to do. The error is a [*gate.Error] if
// the destinations exceed a limit. The report is nil if there is work to do, or if only the
// work can show that there is none. Manifests are read, and a config if a manifest has no
// annotations, but no layer.
func Check(ctx context.Context, r *image.Reader, q Query) (*report.Report, error) {
	for _, d := range q.Destinations {
		if d.Transport() != reference.Registry || d == q.Source {
			return nil, nil
		}
	}
	rep, why, err := findChange(ctx, r, q)
	var unreachable *reference.UnreachableError
	var undecided *gate.UndecidedError
	var exceeded *gate.Error
	switch {
	case errors.As(err, &exceeded):
		return rep, err
	case ctx.Err() != nil || errors.As(err, &undecided) || errors.As(err, &unreachable) && !q.DryRun:
		return nil, err
	case err != nil:
		why = err.Error() // the run finds it again if it matters
	}
	if why != "" {
		r.Log.Info("there is work to do", "why", why)
		return nil, nil
	}
	r.Log.Info("nothing to do: the destination was made from this source and base with these options, and was not changed since", "to", q.Destinations[0].String())
	return rep, nil
}

// findChange returns a report, or why there is work to do. A [*gate.Error] comes with the
// report.
func findChange(ctx context.Context, r *image.Reader, q Query) (*report.Report, string, error) {
	dst := q.Destinations[0]
	is, err := r.Session.Current(ctx, dst)
	var absent *reference.NotFoundError
	if errors.As(err, &absent) {
		return nil, "the destination does not exist", nil
	}
	if err != nil {
		return nil, "", err
	}
	old, err := readPrevious(is)
	if err != nil || old == nil {
		return nil, "the destination was not created by slimify, or does not say how", err
	}
	if old.Version != label.Version() || !label.Sealed(old.manifest, old.config, q.Settings, old.labels[label.Key]) {
		return nil, "the destination was made by another version or with other options, or was changed since", nil
	}
	fat, err := r.Open(ctx, q.Source)
	if err != nil {
		return nil, "", err
	}
	if old.labels[label.Source] != fat.Identity().String() {
		return nil, "the source changed", nil
	}
	if why, err := baseChanged(ctx, r, q.Base, old); why != "" || err != nil {
		return nil, why, err
	}
	for _, d := range q.Destinations[1:] {
		if is, err := r.Session.Current(ctx, d); err != nil || is.Digest != old.Digest {
			return nil, "another destination differs: " + d.String(), nil
		}
	}
	if q.Strict && len(old.Undecided) > 0 {
		undecided := &gate.UndecidedError{}
		for _, id := range old.Undecided {
			undecided.Items = append(undecided.Items, report.Undecided{ID: id})
		}
		return nil, "", undecided
	}
	if old.Image == nil && q.Gates != (gate.Limits{}) {
		return nil, "the gates need sizes that the index does not have", nil
	}
	rep := upToDateReport(fat, old, dst)
	if old.Image != nil {
		err = q.Gates.Check(dst.String(), old.Platform, rep.Platforms[0].Bytes.Compressed)
	}
	return rep, "", err
}

// baseChanged returns why a run would not choose the base that a result stands on; "" if
// it would.
func baseChanged(ctx context.Context, r *image.Reader, base reference.Ref, old *previous) (string, error) {
	candidates, err := analyze.BaseCandidates(base, selection.ParseRuntime(old.Runtime), old.Release)
	if err != nil {
		return "", err
	}
	for _, ref := range candidates {
		digest, err := r.Session.Head(ctx, ref)
		var absent *reference.NotFoundError
		if errors.As(err, &absent) {
			continue // the run would try the next one
		}
		if err != nil {
			return "", analyze.OutOfReach(ref, err)
		}
		if label.NameOfBase(ref) != old.labels[label.BaseName] || digest.String() != old.labels[label.BaseDigest] {
			return "the base changed", nil
		}
		return "", nil
	}
	return "there is no base", nil
}

// upToDateReport is the report of a run that did nothing. What was not computed is null.
func upToDateReport(fat *image.Source, old *previous, dst reference.Ref) *report.Report {
	rep := report.New(report.Named{Ref: fat.Ref.String(), Digest: fat.Digest})
	rep.Unchanged, rep.UpToDate = true, true
	rep.Result = report.Named{Ref: dst.Pinned(old.Digest), Digest: old.Digest}
	p := report.Platform{
		Platform: old.Platform, Digest: old.Digest,
		Base:   label.PreviousBase(old.labels),
		Layers: []report.Layer{}, Distributions: []report.Distribution{}, Packages: []report.Package{},
		Verify: report.Checked{Status: old.Verify},
	}
	if old.Image != nil {
		p.Bytes.Compressed = report.Change{Before: layerBytes(fat.Image), After: layerBytes(old.Image)}
		rep.Platforms = append(rep.Platforms, p)
	} else if index, err := old.Index.IndexManifest(); err == nil {
		for _, d := range index.Manifests {
			p.Digest = d.Digest
			if d.Platform != nil {
				p.Platform = image.NormalPlatform(*d.Platform).String()
			}
			rep.Platforms = append(rep.Platforms, p)
		}
	}
	if len(old.Undecided) > 0 {
		rep.Warn("undecided", "undecided when the image was slimmed: %s; slimify plan explains them", strings.Join(old.Undecided, ", "))
	}
	return rep
}

// layerBytes sums the layers of an image whose manifest was read.
func layerBytes(img v1.Image) (n int64) {
	m, err := img.Manifest()
	if err != nil {
		return 0
	}
	for _, l := range m.Layers {
		n += l.Size
	}
	return n
}
