package reference

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"testing"
)

func TestTarFS(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, h := range []tar.Header{
		{Name: "./a", Typeflag: tar.TypeReg, Size: 3},
		{Name: "dir/", Typeflag: tar.TypeDir},
		{Name: "dir/up", Typeflag: tar.TypeSymlink, Linkname: "../a"},
		{Name: "dir/out", Typeflag: tar.TypeSymlink, Linkname: "../../../../etc/passwd"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "a"},
		{Name: "loop", Typeflag: tar.TypeSymlink, Linkname: "loop"},
		{Name: "../escape", Typeflag: tar.TypeReg, Size: 3},
		{Name: "a", Typeflag: tar.TypeReg, Size: 3},
	} {
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		content := []byte("old")
		if h.Name == "a" {
			content = []byte("new")
		}
		if _, err := tw.Write(content[:h.Size]); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := indexTar(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "new", "dir/up": "new", "hard": "new", "escape": "old"} {
		if got, err := fs.ReadFile(files, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"dir", "dir/out", "loop", "none"} {
		if _, err := files.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzIndexTar compares the index with archive/tar: the same files with the same
// content, all inside the archive.
func FuzzIndexTar(f *testing.F) {
	seeds := 0
	seed := func(hdrs ...tar.Header) {
		var buf bytes.Buffer
		tw := tar.NewWriter(&buf)
		for _, h := range hdrs {
			if err := tw.WriteHeader(&h); err != nil {
				f.Fatal(err)
			}
			if _, err := tw.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
				f.Fatal(err)
			}
		}
		if err := tw.Close(); err != nil {
			f.Fatal(err)
		}
		if files, err := indexTar(bytes.NewReader(buf.Bytes()), int64(buf.Len())); err == nil && len(files.files) > 0 {
			seeds++
		}
		f.Add(buf.Bytes())
		f.Add(buf.Bytes()[:buf.Len()/2])
	}
	seed(tar.Header{Name: "index.json", Typeflag: tar.TypeReg, Size: 700})
	seed(tar.Header{Name: "a", Typeflag: tar.TypeReg}, tar.Header{Name: "b", Typeflag: tar.TypeSymlink, Linkname: "a"})
	seed(tar.Header{Name: "ä/" + string(bytes.Repeat([]byte("n"), 300)), Typeflag: tar.TypeReg, Size: 5, Format: tar.FormatPAX})
	seed(tar.Header{Name: string(bytes.Repeat([]byte("n"), 300)), Typeflag: tar.TypeReg, Size: 5, Format: tar.FormatGNU})
	if seeds != 4 {
		f.Fatalf("%d seeds are archives", seeds)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		files, err := indexTar(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		for name, entry := range files.files {
			if entry.link == "" && (entry.offset < 0 || entry.size < 0 || entry.offset+entry.size > int64(len(raw))) {
				t.Fatalf("%q lies at %d+%d of %d bytes", name, entry.offset, entry.size, len(raw))
			}
		}
		last := map[string][]byte{}
		tr := tar.NewReader(bytes.NewReader(raw))
		for {
			hdr, err := tr.Next()
			if err != nil {
				break
			}
			name := cleanName(hdr.Name)
			switch hdr.Typeflag {
			case tar.TypeReg:
				body, err := io.ReadAll(tr)
				if err != nil {
					t.Fatalf("%q was indexed and cannot be read: %v", name, err)
				}
				last[name] = body
			case tar.TypeSymlink, tar.TypeLink:
				delete(last, name)
			}
		}
		for name, want := range last {
			f, err := files.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q: %d bytes, %v; want %d", name, len(got), err, len(want))
			}
		}
	})
}
