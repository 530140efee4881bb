package image

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

// Whether a blob is worth buffers or not, its reader sees the same: all bytes, the
// fault that ended them, and after the end nothing but the end.
func TestStage(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, size := range []int{0, 1, smallBlob - 1, smallBlob, smallBlob + 1} {
		data := bytes.Repeat([]byte("0123456789abcdef\n"), size/17+1)[:size]
		for name, fault := range map[string]error{"whole": nil, "broken": broken} {
			t.Run(fmt.Sprintf("%s of %d bytes", name, size), func(t *testing.T) {
				var in io.Reader = bytes.NewReader(data)
				if fault != nil {
					in = io.MultiReader(in, iotest.ErrReader(fault))
				}
				s, err := stage(in, int64(size))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(s)
				if !errors.Is(err, fault) || !bytes.Equal(got, data) {
					t.Errorf("got %d bytes and %v, want %d and %v", len(got), err, size, fault)
				}
				if n, err := io.Copy(io.Discard, s); n != 0 || !errors.Is(err, fault) {
					t.Errorf("past the end: %d bytes and %v, want 0 and %v", n, err, fault)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// What a stage reads is its maker's again once it is closed, however much was left.
func TestStageEnds(t *testing.T) {
	t.Parallel()
	in := &endless{}
	s, err := stage(in, smallBlob)
	if err != nil {
		t.Fatal(err)
	}
	const size = smallBlob / stagePart
	if _, err := io.ReadFull(s, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := in.n // a race, if the stage still reads
	if before > (stageBuffers+1)*size {
		t.Errorf("read %d bytes ahead, have buffers for %d", before, stageBuffers*size)
	}
}

type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	e.n += len(p)
	return len(p), nil
}
