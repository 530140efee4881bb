package trial

import (
	"context"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/internal/python/parity"
	"github.com/slimify/slimify/layers"
)

// tryAlone tries everything that is installed for an image's interpreters, and judges
// it by itself.
func (s *session) tryAlone(ctx context.Context, img *unpackable) (err error) {
	c, err := s.newContainer(ctx, img)
	if err != nil {
		return err
	}
	defer func() { err = cleanup.Close(err, c) }()
	s.rep.Runtime = c.runtime.Name()
	interpreters := parity.Interpreters(img.tree, &img.Config.Config, extract.Boundary(img.Config))
	if len(interpreters) == 0 {
		return &NothingToRunError{img.Ref.String()}
	}
	for _, interpreter := range interpreters {
		outcomes, broken, err := s.runParity(ctx, c, interpreter, nil)
		if err != nil {
			return err
		}
		if broken != "" {
			count(&s.rep.Imports, parity.Failed, interpreter, parity.Item{}, broken)
		}
		for _, out := range outcomes {
			verdict, reason := parity.Alone(out)
			count(resultOf(s.rep, out.Kind), verdict, interpreter, out.Item, reason)
		}
	}
	return nil
}

// tryAgainst tries what is installed for the interpreters of fat, and in the image what
// worked there.
func (s *session) tryAgainst(ctx context.Context, img *unpackable, fat *image.Image) (err error) {
	interpreters, outcomes, err := s.trySource(ctx, fat)
	if err != nil {
		return err
	}
	c, err := s.newContainer(ctx, img)
	if err != nil {
		return err
	}
	defer func() { err = cleanup.Close(err, c) }()
	s.rep.Runtime = c.runtime.Name()
	for _, interpreter := range interpreters {
		if err := s.tryExpected(ctx, c, interpreter, outcomes[interpreter]); err != nil {
			return err
		}
	}
	return nil
}

// trySource tries what is installed in fat, by interpreter. What came from its original base image
// is left out: it need not be kept.
func (s *session) trySource(ctx context.Context, fat *image.Image) (interpreters []string, outcomes map[string][]parity.Outcome, err error) {
	img, err := s.readAll(ctx, fat)
	if err != nil {
		return nil, nil, err
	}
	boundary := extract.Boundary(fat.Config)
	if interpreters = parity.Interpreters(img.tree, &img.Config.Config, boundary); len(interpreters) == 0 {
		return nil, nil, &NothingToRunError{img.Ref.String()}
	}
	c, err := s.newContainer(ctx, img)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = cleanup.Close(err, c) }()
	outcomes = make(map[string][]parity.Outcome)
	for _, interpreter := range interpreters {
		found, broken, err := s.runParity(ctx, c, interpreter, nil)
		if err != nil {
			return nil, nil, err
		}
		if broken != "" {
			count(&s.rep.Imports, parity.Unclear, interpreter, parity.Item{}, "it does not work there either: "+broken)
		}
		for _, out := range found {
			if fromUser(img.tree, out.Metadata, boundary) {
				outcomes[interpreter] = append(outcomes[interpreter], out)
			}
		}
	}
	return interpreters, outcomes, nil
}

// tryExpected tries what an interpreter could do in fat.
func (s *session) tryExpected(ctx context.Context, c *container, interpreter string, fat []parity.Outcome) error {
	type key struct{ kind, name string }
	there := make(map[key]parity.Outcome)
	var items []parity.Item
	for _, out := range fat {
		item, ok := parity.Demands(out)
		if !ok {
			count(resultOf(s.rep, out.Kind), parity.Unclear, interpreter, out.Item, parity.NotDemanded(out))
			continue
		}
		there[key{item.Kind, item.Name + item.Path}] = out
		items = append(items, item)
	}
	if len(items) == 0 {
		return nil
	}
	outcomes, broken := []parity.Outcome(nil), ""
	if n, err := c.tree.Resolve(interpreter); err != nil || n.Kind != layers.File {
		broken = "the interpreter is not there"
	} else if outcomes, broken, err = s.runParity(ctx, c, interpreter, items); err != nil {
		return err
	}
	if broken != "" {
		for _, item := range items {
			count(resultOf(s.rep, item.Kind), parity.Failed, interpreter, item, broken)
		}
	}
	for _, out := range outcomes {
		fat, asked := there[key{out.Kind, out.Name + out.Path}]
		if !asked {
			continue
		}
		verdict, reason := parity.Against(fat, out)
		count(resultOf(s.rep, out.Kind), verdict, interpreter, fat.Item, reason)
	}
	return nil
}
