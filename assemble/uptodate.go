package assemble

import (
	"context"
	"errors"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// upToDate returns the report of a run that has nothing to do: the destinations
// are what it would write, with a [*GateError] if a gate would hold that up now. It is
// nil if they are not, or if that cannot be told without the work. It reads manifests, and a config where a manifest has no
// annotations, but no layer.
func (r *run) upToDate(ctx context.Context, src reference.Ref, dsts []reference.Ref) (*report.Report, error) {
	for _, d := range dsts {
		if d.Transport() != reference.Registry || d == src {
			return nil, nil
		}
	}
	rep, why, err := r.compare(ctx, src, dsts)
	var unreachable *reference.UnreachableError
	var undecided *UndecidedError
	var gate *GateError
	switch {
	case errors.As(err, &gate):
		return rep, err
	case ctx.Err() != nil || errors.As(err, &undecided) || errors.As(err, &unreachable) && !r.opts.DryRun:
		return nil, err
	case err != nil:
		why = err.Error() // the run finds it again if it matters
	}
	if why != "" {
		r.log.Info("there is work to do", "why", why)
		return nil, nil
	}
	r.log.Info("nothing to do: the destination was made of this source, base and options, and nobody changed it", "to", dsts[0].String())
	return rep, nil
}

// former is a destination's content, if slimify made it.
type former struct {
	*reference.Source
	*record
	marks    map[string]string
	manifest []byte
	config   []byte // nil if the manifest holds the key
}

// compare returns a report, or why there is work to do. A [*GateError] comes with the
// report.
func (r *run) compare(ctx context.Context, src reference.Ref, dsts []reference.Ref) (*report.Report, string, error) {
	is, err := r.session.Current(ctx, dsts[0])
	var absent *reference.NotFoundError
	if errors.As(err, &absent) {
		return nil, "the destination does not exist", nil
	}
	if err != nil {
		return nil, "", err
	}
	old, err := readFormer(is)
	if err != nil || old == nil {
		return nil, "the destination is no result of slimify that tells how it was made", err
	}
	settings, err := r.opts.settings()
	if err != nil {
		return nil, "", err
	}
	if old.Version != r.version() || !sealed(old.manifest, old.config, settings, old.marks[labelKey]) {
		return nil, "the destination was made by another version or with other options, or was changed since", nil
	}
	fat, err := r.open(ctx, src)
	if err != nil {
		return nil, "", err
	}
	if old.marks[labelSource] != identity(fat).String() {
		return nil, "the source changed", nil
	}
	if why, err := r.sameBase(ctx, old); why != "" || err != nil {
		return nil, why, err
	}
	for _, d := range dsts[1:] {
		if is, err := r.session.Current(ctx, d); err != nil || is.Digest != old.Digest {
			return nil, "another destination differs: " + d.String(), nil
		}
	}
	if r.opts.Strict && len(old.Undecided) > 0 {
		undecided := &UndecidedError{}
		for _, id := range old.Undecided {
			undecided.Items = append(undecided.Items, report.Undecided{ID: id})
		}
		return nil, "", undecided
	}
	if old.Image == nil && r.opts.Gates != (Gates{}) {
		return nil, "the gates ask for sizes that the index does not tell", nil
	}
	rep := upToDateReport(fat, old, dsts[0])
	rep.Command = r.recipe(fat, dsts[0], rep.Platforms)
	if old.Image != nil {
		err = r.opts.Gates.Check(dsts[0].String(), old.Platform, rep.Platforms[0].Bytes.Compressed)
	}
	return rep, "", err
}

// identity is the digest by which a result names its source: that of a manifest,
// or of an index.
func identity(src *source) v1.Hash {
	if src.Index == nil {
		return src.children[0].Descriptor.Digest
	}
	return src.Digest
}

// readFormer reads the marks of what slimify made; nil if it is something else.
func readFormer(is *reference.Source) (*former, error) {
	old := &former{Source: is}
	var err error
	if is.Index != nil {
		m, err := is.Index.IndexManifest()
		if err != nil {
			return nil, err
		}
		old.marks = m.Annotations
		if old.manifest, err = is.Index.RawManifest(); err != nil {
			return nil, err
		}
	} else {
		m, err := is.Image.Manifest()
		if err != nil {
			return nil, err
		}
		old.marks = m.Annotations
		if old.manifest, err = is.Image.RawManifest(); err != nil {
			return nil, err
		}
		if is.MediaType == dockerFamily.manifest {
			if old.config, err = is.Image.RawConfigFile(); err != nil {
				return nil, err
			}
			config, err := is.Image.ConfigFile()
			if err != nil {
				return nil, err
			}
			old.marks = config.Config.Labels
		}
	}
	if old.record = parseRecord(old.marks); old.record == nil {
		return nil, err
	}
	return old, nil
}

// sameBase tells why a run would not choose the base that a result stands on.
func (r *run) sameBase(ctx context.Context, old *former) (string, error) {
	candidates, err := baseCandidates(r.opts.Base, extract.Python{Version: old.Python}, old.Suite)
	if err != nil {
		return "", err
	}
	for _, ref := range candidates {
		digest, err := r.session.Head(ctx, ref)
		var absent *reference.NotFoundError
		if errors.As(err, &absent) {
			continue // the run would try the next one
		}
		if err != nil {
			return "", outOfReach(ref, err)
		}
		if nameOfBase(ref) != old.marks[labelBaseName] || digest.String() != old.marks[labelBaseDigest] {
			return "the base changed", nil
		}
		return "", nil
	}
	return "there is no base", nil
}

// baseCandidates lists the bases that a run tries, best first.
func baseCandidates(ref reference.Ref, python extract.Python, suite string) ([]reference.Ref, error) {
	if ref.Transport() != reference.Registry || ref.HasIdentifier() {
		return []reference.Ref{ref}, nil
	}
	var out []reference.Ref
	for _, tag := range extract.BaseTags(python, suite) {
		tagged, err := ref.WithTag(tag)
		if err != nil {
			return nil, err
		}
		out = append(out, tagged)
	}
	return out, nil
}

// upToDateReport tells of a run that did nothing. What nobody looked for is null.
func upToDateReport(fat *source, old *former, dst reference.Ref) *report.Report {
	rep := report.New(report.Named{Ref: fat.Ref.String(), Digest: fat.Digest})
	rep.Unchanged, rep.UpToDate = true, true
	rep.Result = report.Named{Ref: dst.Pinned(old.Digest), Digest: old.Digest}
	digest, _ := v1.NewHash(old.marks[labelBaseDigest]) // the key holds it
	p := report.Platform{
		Platform: old.Platform, Digest: old.Digest,
		Base:   report.Base{Ref: old.marks[labelBaseName], Digest: digest, Why: "noted when the image was slimmed"},
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
				p.Platform = normalPlatform(*d.Platform).String()
			}
			rep.Platforms = append(rep.Platforms, p)
		}
	}
	if len(old.Undecided) > 0 {
		rep.Warn("undecided", "undecided when the image was slimmed: %s; slimify plan tells of it", strings.Join(old.Undecided, ", "))
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
