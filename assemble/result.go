package assemble

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract"
)

// result is one platform's outcome.
type result struct {
	child reference.Child
	fat   *image
	slim  *slimImage // nil if FAT is a result of slimify: it stays as it is
	base  report.Base
	note  *record // nil if a later run could not be told that nothing changed

	platform  string             // in its normal form
	baseImage *image             // nil if the image stays as it is
	inventory *extract.Inventory // nil if nobody asks
	made      map[about][]byte   // documents
}

// choose finds the platforms to work on, and tells of the children that are
// left out.
func (r *run) choose(fat *source, rep *report.Run) ([]member, error) {
	attestations, others := 0, 0
	for _, c := range fat.children {
		if c.IsAttestation() {
			attestations++
		} else if p := c.Descriptor.Platform; p != nil && p.OS != "linux" {
			others++
		}
	}
	if attestations > 0 {
		rep.Warn("attestations", "%d attestations of the image left out: they speak of its digest, not of the result's", attestations)
	}
	if others > 0 {
		rep.Warn("other-systems", "%d images of other systems than Linux left out", others)
	}
	return r.members(fat)
}

// LargerError is a result that would be larger than its source.
type LargerError struct {
	Ref           string
	Before, After int64 // bytes, compressed
}

func (e *LargerError) Error() string {
	return fmt.Sprintf("the result would be larger than %s: %d bytes instead of %d", e.Ref, e.After, e.Before)
}

// artifact makes what is to be written: an image of an image, an index of an
// index, or the source itself where there is nothing to slim.
func (r *run) artifact(fat *source, results []*result, rep *report.Report) (reference.Artifact, error) {
	var before, after int64
	changed := false
	for _, res := range results {
		before += res.fat.compressed()
		if res.slim != nil {
			changed = true
			after += res.slim.size()
		} else {
			after += res.fat.compressed()
		}
	}
	if after > before {
		if !r.opts.CopyIfLarger {
			return nil, &LargerError{fat.Ref.String(), before, after}
		}
		rep.Warn("larger", "the result would be larger (%d bytes instead of %d): the image is copied as it is", after, before)
		changed = false
	}
	if !changed {
		rep.Unchanged = true
		rep.Platforms = rep.Platforms[:0]
		for _, res := range results {
			rep.Platforms = append(rep.Platforms, unchangedReport(res))
		}
		if fat.Index != nil {
			return fat.Index, nil
		}
		return fat.Image, nil
	}
	if fat.Index == nil {
		return results[0].slim, nil
	}
	index, err := slimIndex(fat.Index, results)
	if err != nil {
		return nil, err
	}
	return r.sealIndex(fat, index, results)
}

// sealIndex notes on an index of results how they were made, where its type has
// annotations and all stand on one base.
func (r *run) sealIndex(fat *source, index v1.ImageIndex, results []*result) (v1.ImageIndex, error) {
	mediaType, err := index.MediaType()
	if err != nil || mediaType != ociFamily.index || results[0].note == nil {
		return index, err
	}
	all := *results[0].note
	all.Platform, all.Undecided = "", slices.Clone(all.Undecided)
	for _, res := range results[1:] {
		if res.note == nil || res.base != results[0].base || res.note.Python != all.Python || res.note.Suite != all.Suite {
			return index, nil
		}
		all.Undecided = set(append(all.Undecided, res.note.Undecided...))
	}
	marks, err := all.marks()
	if err != nil {
		return nil, err
	}
	marks[labelBaseName], marks[labelBaseDigest] = results[0].base.Ref, results[0].base.Digest.String()
	marks[labelSource] = identity(fat).String()
	index = mutate.Annotations(index, marks).(v1.ImageIndex)
	settings, err := r.opts.settings()
	if err != nil {
		return nil, err
	}
	manifest, err := index.RawManifest()
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(index, map[string]string{labelKey: keyOf(settings, manifest)}).(v1.ImageIndex), nil
}

// slimIndex makes an index like FAT's of the results.
func slimIndex(fat v1.ImageIndex, results []*result) (v1.ImageIndex, error) {
	mediaType, err := fat.MediaType()
	if err != nil {
		return nil, err
	}
	m, err := fat.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, res := range results {
		if res.slim != nil && res.slim.mediaType == ociFamily.manifest {
			mediaType = ociFamily.index
		}
	}
	index := mutate.IndexMediaType(empty.Index, mediaType)
	for _, res := range results {
		var img v1.Image = res.fat
		if res.slim != nil {
			img = res.slim
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: img,
			Descriptor: v1.Descriptor{
				Platform: res.child.Descriptor.Platform, Annotations: res.child.Descriptor.Annotations,
			},
		})
	}
	annotations := maps.Clone(m.Annotations)
	maps.DeleteFunc(annotations, func(k, _ string) bool { return strings.HasPrefix(k, labelPrefix) })
	if len(annotations) > 0 {
		index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	}
	return index, nil
}

// writable checks the destinations before any work is done.
func (r *run) writable(ctx context.Context, dsts []reference.Ref) error {
	if r.opts.DryRun {
		return nil
	}
	for _, d := range dsts {
		if err := r.session.Writable(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// PlacedError is a run that failed, or was interrupted, when some of its destinations
// were written.
type PlacedError struct {
	Refs []string // what is in place: repository@digest
	Err  error
}

func (e *PlacedError) Error() string {
	var attach *AttachError
	if errors.As(e.Err, &attach) { // it says so
		return e.Err.Error()
	}
	return fmt.Sprintf("%s is in place, but then: %v", strings.Join(e.Refs, ", "), e.Err)
}
func (e *PlacedError) Unwrap() error { return e.Err }

// placed tells with an error what was written before it.
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

// push writes the result to all destinations that are not up to date, the manifest last
// in each.
func (r *run) push(ctx context.Context, slim reference.Artifact, dsts []reference.Ref, rep *report.Report) error {
	defer rep.Timed("push")()
	if rep.UpToDate || r.opts.DryRun {
		return nil
	}
	for _, d := range dsts {
		end := r.step("finishing", d)
		got, err := r.session.Write(ctx, d, slim)
		end()
		if err != nil {
			return err
		}
		rep.Pushed = append(rep.Pushed, d.Pinned(got))
	}
	return nil
}
