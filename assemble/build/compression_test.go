package build

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/layers"
)

// However many goroutines compress, the bytes are the same, and come back.
func TestCompressionIsPinned(t *testing.T) {
	var data bytes.Buffer
	for rnd := rand.New(rand.NewPCG(1, 2)); data.Len() < 3*gzipBlock+77; {
		data.WriteString(strings.Repeat(string(rune('a'+rnd.IntN(26))), rnd.IntN(30)))
	}
	for _, c := range []compression.Compression{compression.GZip, compression.ZStd} {
		var want []byte
		for _, jobs := range []int{1, 2, 100} {
			for _, procs := range []int{1, 4} {
				before := runtime.GOMAXPROCS(procs)
				var out bytes.Buffer
				w, err := compressor(&out, c, jobs)
				if err != nil {
					t.Fatal(err)
				}
				// In pieces of odd sizes, as tar writes them.
				for rest := data.Bytes(); len(rest) > 0 && err == nil; {
					n := min(len(rest), 70_001/jobs)
					_, err = w.Write(rest[:n])
					rest = rest[n:]
				}
				if err = errors.Join(err, w.Close()); err != nil {
					t.Fatal(err)
				}
				runtime.GOMAXPROCS(before)
				if want == nil {
					want = bytes.Clone(out.Bytes())
				}
				if !bytes.Equal(want, out.Bytes()) {
					t.Errorf("%s: %d jobs on %d processors give other bytes", c, jobs, procs)
				}
			}
		}
		plain, err := layers.Decompress(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(plain); err != nil || !bytes.Equal(got, data.Bytes()) {
			t.Errorf("%s: other content came back: %v", c, err)
		}
	}
}

func TestUnknownCompression(t *testing.T) {
	var wrong *reference.OptionError
	if err := CheckCompression("estargz"); !errors.As(err, &wrong) {
		t.Errorf("error %v", err)
	}
}
