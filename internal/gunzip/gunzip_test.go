package gunzip_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	kgzip "github.com/klauspost/compress/gzip"

	"github.com/slimify/slimify/internal/gunzip"
)

// samples are different contents, each longer than the decoder's buffer.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	const size = 600 << 10
	rnd := rand.New(rand.NewChaCha8([32]byte{}))
	noise, letters, distances := make([]byte, size), make([]byte, size), make([]byte, size)
	for i := range size {
		noise[i] = byte(rnd.Uint32())
		letters[i] = "etaoin shrdlu\n"[min(rnd.IntN(14), rnd.IntN(14))]
	}
	// Matches of every length from everywhere in the window.
	copy(distances, noise[:64<<10])
	for end := 64 << 10; end < size; {
		from := end - 1 - rnd.IntN(32<<10)
		for range 3 + rnd.IntN(256) {
			if end < size {
				distances[end] = distances[from]
				end, from = end+1, from+1
			}
		}
	}
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"nothing": nil, "a byte": {'x'}, "zeros": make([]byte, size), "noise": noise, "letters": letters,
		"distances": distances, "program": program[:min(len(program), size)],
		"short period": bytes.Repeat([]byte("abc"), size/3), "period of 8": bytes.Repeat([]byte("abcdefgh"), size/8),
	}
}

func compress(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decompress(src io.Reader) ([]byte, error) {
	r, err := gunzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestReader(t *testing.T) {
	t.Parallel()
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			for _, level := range []int{gzip.NoCompression, gzip.HuffmanOnly, gzip.BestSpeed, gzip.DefaultCompression, gzip.BestCompression} {
				got, err := decompress(bytes.NewReader(compress(t, data, level)))
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("level %d: %d of %d bytes, equal %v, %v", level, len(got), len(data), bytes.Equal(got, data), err)
				}
			}
		})
	}
}

// The sizes of the source's and the caller's reads do not matter.
func TestPieces(t *testing.T) {
	t.Parallel()
	data := samples(t)["distances"][:300<<10]
	stream := compress(t, data, gzip.DefaultCompression)
	for name, src := range map[string]io.Reader{
		"bytes": iotest.OneByteReader(bytes.NewReader(stream)), "halves": iotest.HalfReader(bytes.NewReader(stream)),
		"end with data": iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		if got, err := decompress(src); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	r, err := gunzip.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, data); err != nil {
		t.Error(err)
	}
}

// A stream may have several members, as pigz and estargz write them, with all the
// fields that a header can have.
func TestMembers(t *testing.T) {
	t.Parallel()
	var stream, want bytes.Buffer
	for name, data := range samples(t) {
		w := gzip.NewWriter(&stream)
		w.Name, w.Comment, w.Extra = name, "a comment", bytes.Repeat([]byte("extra"), 13_000)
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		want.Write(data)
	}
	got, err := decompress(&stream)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d of %d bytes, %v", len(got), want.Len(), err)
	}
}

func TestHeaderChecksum(t *testing.T) {
	t.Parallel()
	stream := compress(t, []byte("content"), gzip.DefaultCompression)
	stream[3] = 2 // FHCRC
	right := uint16(crc32.ChecksumIEEE(stream[:10]))
	for name, tt := range map[string]struct {
		sum  uint16
		want error
	}{
		"right": {right, nil}, "wrong": {right + 1, gzip.ErrHeader},
	} {
		sum := binary.LittleEndian.AppendUint16(nil, tt.sum)
		_, err := decompress(bytes.NewReader(bytes.Join([][]byte{stream[:10], sum, stream[10:]}, nil)))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Names may be as long as with compress/gzip.
func TestLongName(t *testing.T) {
	t.Parallel()
	stream := compress(t, []byte("content"), gzip.DefaultCompression)
	stream[3] = 8 // FNAME
	for _, length := range []int{0, 511, 512, 5000} {
		name := append(bytes.Repeat([]byte("n"), length), 0)
		if good := sameAsStandard(t, slices.Concat(stream[:10], name, stream[10:])); good != (length < 512) {
			t.Errorf("a name of %d bytes: %v", length, good)
		}
	}
}

// A stream truncated anywhere is an unexpected EOF.
func TestCut(t *testing.T) {
	t.Parallel()
	data := samples(t)["letters"][:500]
	for _, level := range []int{gzip.NoCompression, gzip.HuffmanOnly, gzip.BestCompression} {
		stream := compress(t, data, level)
		for n := range stream {
			if _, err := decompress(bytes.NewReader(stream[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("level %d: %d of %d bytes: %v", level, n, len(stream), err)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	stream := compress(t, []byte("content content"), gzip.DefaultCompression)
	changed := func(at int, to byte) []byte {
		out := bytes.Clone(stream)
		out[(at+len(out))%len(out)] = to
		return out
	}
	raw := func(blocks ...byte) []byte { // a header, blocks, and more than a trailer
		return append(append(bytes.Clone(stream[:10]), blocks...), make([]byte, 16)...)
	}
	var corrupt *gunzip.CorruptError
	for name, tt := range map[string]struct {
		stream []byte
		want   any
	}{
		"nothing":              {nil, io.ErrUnexpectedEOF},
		"no gzip":              {[]byte("a text that is no gzip"), gzip.ErrHeader},
		"other method":         {changed(2, 7), gzip.ErrHeader},
		"checksum":             {changed(-5, 0), gzip.ErrChecksum},
		"length":               {changed(-1, 1), gzip.ErrChecksum},
		"bytes behind":         {append(bytes.Clone(stream), "what is this?"...), gzip.ErrHeader},
		"type 3":               {raw(7), &corrupt},
		"stored length":        {raw(1, 1, 0, 1, 0), &corrupt},
		"match of nothing":     {raw(0b00000011, 0b00000010), &corrupt},
		"distance 30":          {raw(0b01110011, 0b00000100, 0b11110010), &corrupt},
		"literal 286":          {raw(0b00011011, 0b00000011), &corrupt},
		"too many literals":    {raw(0b11111101, 0), &corrupt},
		"too many distances":   {raw(0b00000101, 0b00011111), &corrupt},
		"lengths of no code":   {raw(0b00000101, 0b00000000, 0b11111110, 0xff), &corrupt},
		"no literals, no code": {raw(0b00000101, 0), &corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decompress(bytes.NewReader(tt.stream))
			switch want := tt.want.(type) {
			case error:
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			default:
				if !errors.As(err, want) {
					t.Errorf("got %v", err)
				}
			}
			// compress/gzip fails, too.
			if r, err := gzip.NewReader(bytes.NewReader(tt.stream)); err == nil {
				if _, err = io.Copy(io.Discard, r); err == nil {
					t.Error("compress/gzip accepts it")
				}
			}
		})
	}
}

// Errors of the source are returned.
func TestSourceFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	stream := compress(t, samples(t)["noise"], gzip.DefaultCompression)
	src := io.MultiReader(bytes.NewReader(stream[:len(stream)/2]), iotest.ErrReader(broken))
	if _, err := decompress(src); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes are, the result is that of compress/gzip.
func FuzzReader(f *testing.F) {
	for _, data := range samples(f) {
		data = data[:min(len(data), 3000)]
		f.Add(compress(f, data, gzip.BestCompression))
		f.Add(compress(f, data, gzip.HuffmanOnly))
		f.Add(compress(f, data, gzip.NoCompression))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		sameAsStandard(t, stream)
		if len(stream) < 10 {
			return
		}
		// The fuzzer cannot guess checksums: compute the blocks' own.
		blocks := bytes.NewReader(stream[10:])
		data, err := io.ReadAll(io.LimitReader(flate.NewReader(blocks), fuzzLimit))
		if err != nil || len(data) == fuzzLimit {
			return
		}
		used := len(stream) - blocks.Len()
		frame := compress(t, data, gzip.NoCompression)
		if !sameAsStandard(t, slices.Concat(frame[:10], stream[10:used], frame[len(frame)-8:])) {
			t.Error("it cannot be read")
		}
	})
}

// fuzzLimit is the most that is decompressed of one input, in bytes.
const fuzzLimit = 1 << 22

// sameAsStandard compares with compress/gzip and reports whether the stream is
// valid.
func sameAsStandard(t *testing.T, stream []byte) bool {
	t.Helper()
	read := func(r io.Reader, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(r, fuzzLimit))
	}
	std, err := gzip.NewReader(bytes.NewReader(stream))
	want, wantErr := read(std, err)
	r, err := gunzip.NewReader(bytes.NewReader(stream))
	got, err := read(r, err)
	if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) || !bytes.HasPrefix(want, got) && !bytes.HasPrefix(got, want) {
		t.Errorf("got %d bytes and %v, compress/gzip gives %d and %v", len(got), err, len(want), wantErr)
	}
	return err == nil
}

func BenchmarkGunzip(b *testing.B) {
	data := samples(b)["program"]
	stream := compress(b, data, gzip.DefaultCompression)
	for name, open := range map[string]func() (io.Reader, error){
		"slimify":   func() (io.Reader, error) { return gunzip.NewReader(bytes.NewReader(stream)) },
		"klauspost": func() (io.Reader, error) { return kgzip.NewReader(bytes.NewReader(stream)) },
		"standard":  func() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(stream)) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r, err := open()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
