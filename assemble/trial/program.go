package trial

import (
	"bytes"
	"context"
	"fmt"

	"github.com/slimify/slimify/internal/python/parity"
	"github.com/slimify/slimify/layers"
)

// runParity runs the parity program with an interpreter of an image. broken is why the
// interpreter could not run it.
func (s *session) runParity(ctx context.Context, c *container, interpreter string, items []parity.Item) (outcomes []parity.Outcome, broken string, err error) {
	defer s.reader.Step("trying what is installed in", c.img.Ref, "interpreter", interpreter)()
	request, err := parity.Request(items)
	if err != nil {
		return nil, "", err
	}
	stdout, stderr := tail{limit: maxOutput}, tail{limit: 4 << 10}
	spec := s.spec(c, parity.Command(interpreter))
	spec.Stdin, spec.Stdout, spec.Stderr = bytes.NewReader(request), &stdout, &stderr
	res, err := s.run(ctx, c, spec)
	if err != nil {
		return nil, "", err
	}
	if res.TimedOut {
		return nil, "", &TimeoutError{c.img.Ref.String(), s.Timeout}
	}
	outcomes, err = parity.Parse(&stdout.buf)
	if err != nil || res.Exit != 0 {
		broken = fmt.Sprintf("the interpreter failed with status %d", res.Exit)
		if line := stderr.lastLine(); line != "" {
			broken += ": " + line
		}
		return nil, broken, nil
	}
	return outcomes, "", nil
}

// maxOutput bounds what is kept of the program's output in bytes.
const maxOutput = 64 << 20

// fromUser reports whether a distribution's metadata lies in the user's layers.
func fromUser(tree *layers.Tree, metadata string, boundary int) bool {
	n, err := tree.Resolve(metadata)
	if err != nil {
		return true // it was written while it ran
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
