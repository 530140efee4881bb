package extract_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/layers"
)

// A file that is larger than any library is not copied to a temporary file.
func TestCaptureLargeELF(t *testing.T) {
	t.Parallel()
	c := extract.NewCapturer(func() (evidence.Scratch, error) { return nil, errors.New("a temporary file was made") })
	content := io.MultiReader(strings.NewReader("\x7fELF"), iotest.ErrReader(errors.New("it was read")))
	entry := &layers.Entry{Name: "opt/data.bin", Kind: layers.File, Mode: 0o644, Size: 1 << 40}
	if got, err := c.Capture(entry, content); err != nil || got != nil {
		t.Errorf("%q, %v", got, err)
	}
}
