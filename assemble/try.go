package assemble

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/parity"
	"github.com/slimify/slimify/layers"
)

// tryAlone tries all that an image's interpreters have installed, and judges it
// by itself.
func (r *run) tryAlone(ctx context.Context, img *unpackable, o *RunOptions, rep *RunReport) (err error) {
	b, err := r.newBox(ctx, img.image, img.tree, o)
	if err != nil {
		return err
	}
	defer func() { err = closeAll(err, b) }()
	rep.Runtime = b.runtime.Name()
	pythons := interpreters(img, extract.Boundary(img.config))
	if len(pythons) == 0 {
		return &NothingToRunError{img.ref.String()}
	}
	for _, python := range pythons {
		outcomes, broken, err := r.try(ctx, b, python, nil, o)
		if err != nil {
			return err
		}
		if broken != "" {
			rep.Imports.add(parity.Failed, python, parity.Item{}, broken)
		}
		for _, out := range outcomes {
			verdict, reason := parity.Alone(out)
			rep.trial(out.Kind).add(verdict, python, out.Item, reason)
		}
	}
	return nil
}

// tryAgainst tries what FAT's interpreters have installed in FAT, and what worked
// there in the image.
func (r *run) tryAgainst(ctx context.Context, img *unpackable, fat *image, o *RunOptions, rep *RunReport) (err error) {
	pythons, outcomes, err := r.tryFat(ctx, fat, o, rep)
	if err != nil {
		return err
	}
	b, err := r.newBox(ctx, img.image, img.tree, o)
	if err != nil {
		return err
	}
	defer func() { err = closeAll(err, b) }()
	rep.Runtime = b.runtime.Name()
	for _, python := range pythons {
		if err := r.tryDemanded(ctx, b, python, outcomes[python], o, rep); err != nil {
			return err
		}
	}
	return nil
}

// tryFat tries what FAT has installed, by interpreter. What belongs to FAT's own
// base is left out: it is no part of what was to be kept.
func (r *run) tryFat(ctx context.Context, fat *image, o *RunOptions, rep *RunReport) (pythons []string, outcomes map[string][]parity.Outcome, err error) {
	img, err := r.whole(ctx, fat)
	if err != nil {
		return nil, nil, err
	}
	boundary := extract.Boundary(fat.config)
	if pythons = interpreters(img, boundary); len(pythons) == 0 {
		return nil, nil, &NothingToRunError{img.ref.String()}
	}
	b, err := r.newBox(ctx, fat, img.tree, o)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = closeAll(err, b) }()
	outcomes = make(map[string][]parity.Outcome)
	for _, python := range pythons {
		found, broken, err := r.try(ctx, b, python, nil, o)
		if err != nil {
			return nil, nil, err
		}
		if broken != "" {
			rep.Imports.add(parity.Unclear, python, parity.Item{}, "it does not work there either: "+broken)
		}
		for _, out := range found {
			if fromUser(img.tree, out.Metadata, boundary) {
				outcomes[python] = append(outcomes[python], out)
			}
		}
	}
	return pythons, outcomes, nil
}

// fromUser reports whether a distribution's metadata stands in the user's layers.
func fromUser(tree *layers.Tree, metadata string, boundary int) bool {
	n, err := tree.Resolve(metadata)
	if err != nil {
		return true // made while it ran
	}
	if n.Pos.Layer >= boundary && n.Kind != layers.Dir {
		return true
	}
	for _, c := range n.Children() { // a directory may be listed again by any layer
		if c.Kind != layers.Dir && c.Pos.Layer >= boundary {
			return true
		}
	}
	return false
}

// tryDemanded tries what an interpreter could do in FAT.
func (r *run) tryDemanded(ctx context.Context, b *box, python string, fat []parity.Outcome, o *RunOptions, rep *RunReport) error {
	type key struct{ kind, name string }
	there := make(map[key]parity.Outcome)
	var items []parity.Item
	for _, out := range fat {
		item, ok := parity.Demands(out)
		if !ok {
			rep.trial(out.Kind).add(parity.Unclear, python, out.Item, parity.NotDemanded(out))
			continue
		}
		there[key{item.Kind, item.Name + item.Path}] = out
		items = append(items, item)
	}
	if len(items) == 0 {
		return nil
	}
	outcomes, broken := []parity.Outcome(nil), ""
	if n, err := b.tree.Resolve(python); err != nil || n.Kind != layers.File {
		broken = "the interpreter is not there"
	} else if outcomes, broken, err = r.try(ctx, b, python, items, o); err != nil {
		return err
	}
	if broken != "" {
		for _, item := range items {
			rep.trial(item.Kind).add(parity.Failed, python, item, broken)
		}
	}
	for _, out := range outcomes {
		fat, asked := there[key{out.Kind, out.Name + out.Path}]
		if !asked {
			continue
		}
		verdict, reason := parity.Against(fat, out)
		rep.trial(out.Kind).add(verdict, python, fat.Item, reason)
	}
	return nil
}

// maxOutput bounds what is kept of the check's output in bytes.
const maxOutput = 64 << 20

// try runs the check by an interpreter of an image. broken is why the interpreter
// could not do it.
func (r *run) try(ctx context.Context, b *box, python string, items []parity.Item, o *RunOptions) (outcomes []parity.Outcome, broken string, err error) {
	defer r.step("trying what is installed in", b.img.ref, "interpreter", python)()
	request, err := parity.Request(items)
	if err != nil {
		return nil, "", err
	}
	said, complaints := tail{limit: maxOutput}, tail{limit: 4 << 10}
	spec := b.spec([]string{python, "-c", parity.Program}, o)
	spec.Stdin, spec.Stdout, spec.Stderr = bytes.NewReader(request), &said, &complaints
	res, err := b.run(ctx, spec, o)
	if err != nil {
		return nil, "", err
	}
	if res.TimedOut {
		return nil, "", &TimeoutError{b.img.ref.String(), o.Timeout}
	}
	outcomes, err = parity.Parse(&said.buf)
	if err != nil || res.Exit != 0 {
		broken = fmt.Sprintf("the interpreter failed with status %d", res.Exit)
		if line := complaints.lastLine(); line != "" {
			broken += ": " + line
		}
		return nil, broken, nil
	}
	return outcomes, "", nil
}

// trial is the part of the report for a kind of items.
func (rep *RunReport) trial(kind string) *TrialReport {
	if kind == parity.Script {
		return &rep.Scripts
	}
	return &rep.Imports
}

// add counts an item.
func (t *TrialReport) add(v parity.Verdict, python string, item parity.Item, reason string) {
	t.Total++
	f := TrialFinding{python, item.Distribution, item.Name, reason}
	if item.Path != "" {
		f.Name = path.Clean(item.Path)
	}
	f.Reason = strings.ToValidUTF8(f.Reason, "?")
	switch v {
	case parity.Failed:
		t.Failed = append(t.Failed, f)
	case parity.Unclear:
		t.Told = append(t.Told, f)
	}
}
