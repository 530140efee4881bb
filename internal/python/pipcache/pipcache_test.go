package pipcache_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/slimify/slimify/internal/python/pipcache"
)

func wheel(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sdist(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// old is a response in the form of pip before 23.3.
func old(body []byte) []byte {
	size := binary.BigEndian.AppendUint32([]byte{0xc6}, uint32(len(body)))
	switch {
	case len(body) < 1<<8:
		size = []byte{0xc4, byte(len(body))}
	case len(body) < 1<<16:
		size = binary.BigEndian.AppendUint16([]byte{0xc5}, uint16(len(body)))
	}
	return bytes.Join([][]byte{[]byte("cc=4,\x82\xa8response\x87\xa4body"), size, body, []byte("\xa7headers\x80\xa4vary\x80")}, nil)
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func TestOfResponse(t *testing.T) {
	t.Parallel()
	flask := wheel(t, "flask/__init__.py", "flask/vendor-1.0.dist-info/METADATA", "flask-3.0.3.dist-info/METADATA", "flask-3.0.3.dist-info/RECORD")
	large := wheel(t, append(strings.Split(strings.Repeat("a/b.py,", 1000), ","), "big_one-1!2.0+cpu.dist-info/METADATA")...)
	// A directory that would not fit into memory, with the right name last.
	many := wheel(t, append(strings.Split(strings.Repeat(strings.Repeat("x", 200)+",", 1<<16), ","), "x-1.dist-info/METADATA")...)
	for name, c := range map[string]struct {
		file []byte
		want pipcache.Archive
	}{
		"wheel":               {flask, pipcache.Archive{Name: "flask", Version: "3.0.3", SHA256: sum(flask)}},
		"wheel, old pip":      {old(flask), pipcache.Archive{Name: "flask", Version: "3.0.3", SHA256: sum(flask)}},
		"large, old pip":      {old(large), pipcache.Archive{Name: "big_one", Version: "1!2.0+cpu", SHA256: sum(large)}},
		"source":              {sdist(t, "zope-interface-5.0/setup.py"), pipcache.Archive{Name: "zope-interface", Version: "5.0", SHA256: sum(sdist(t, "zope-interface-5.0/setup.py"))}},
		"source, old pip":     {old(sdist(t, "./docopt-0.6.2/")), pipcache.Archive{Name: "docopt", Version: "0.6.2", SHA256: sum(sdist(t, "./docopt-0.6.2/"))}},
		"page":                {[]byte("<a href='flask-3.0.3.whl'>"), pipcache.Archive{}},
		"page, old pip":       {old([]byte("<a href='flask-3.0.3.whl'>")), pipcache.Archive{}},
		"empty":               {nil, pipcache.Archive{}},
		"empty, old pip":      {old(nil), pipcache.Archive{}},
		"too many":            {many, pipcache.Archive{}},
		"cut":                 {old(flask)[:200], pipcache.Archive{}},
		"other zip":           {wheel(t, "a/flask-3.0.3.dist-info/METADATA"), pipcache.Archive{}},
		"no version":          {wheel(t, "flask.dist-info/METADATA"), pipcache.Archive{}},
		"other tar":           {sdist(t, "flask/setup.py"), pipcache.Archive{}},
		"length beyond":       {[]byte("cc=4,\x82\xa8response\x87\xa4body\xc6\xff\xff\xff\xffPK"), pipcache.Archive{}},
		"another MessagePack": {[]byte("cc=4,\x82\xa8response\x87\xa4body\xd9\xff\xff\xff\xffPK"), pipcache.Archive{}},
	} {
		got, ok := pipcache.OfResponse(bytes.NewReader(c.file), int64(len(c.file)))
		if got != c.want || ok != (c.want.Name != "") {
			t.Errorf("%s: %+v, %v, want %+v", name, got, ok, c.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]pipcache.Kind{
		"root/.cache/pip/http-v2/f/d/c/c/5/fdcc.body": pipcache.Response, "root/.cache/pip/http-v2/f/d/c/c/5/fdcc": pipcache.None, "root/.cache/pip/http/f/d/c/c/5/fdcc": pipcache.Response,
		"root/.cache/pip/wheels/1a/b0/8c/x/origin.json": pipcache.Origin, "root/.cache/pip/wheels/1a/docopt-0.6.2-py2.py3-none-any.whl": pipcache.None,
		"wheels/flask-3.0.3-py3-none-any.whl": pipcache.Wheel, "root/.cache/pip/selfcheck/x": pipcache.None, "app/origin.json": pipcache.None, "pip/http/x": pipcache.Response,
	} {
		if got := pipcache.KindOf(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestOfOrigin(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("a", 64)
	got, ok := pipcache.OfOrigin([]byte(`{"archive_info": {"hash": "sha256=`+hash+`", "hashes": {"sha256": "`+hash+`"}}, "url": "https://x.example/docopt-0.6.2.tar.gz"}`), "docopt-0.6.2-py2.py3-none-any.whl")
	if want := (pipcache.Archive{Name: "docopt", Version: "0.6.2", SHA256: hash}); got != want || !ok {
		t.Errorf("%+v, %v", got, ok)
	}
	for doc, wheel := range map[string]string{
		`{"archive_info": {"hashes": {"sha256": "` + hash + `"}}}`: "docopt.whl", `{"archive_info": {"hashes": {"sha256": "0"}}}`: "docopt-0.6.2-py3-none-any.whl",
		`{"vcs_info": {}}`: "docopt-0.6.2-py3-none-any.whl", "[]": "docopt-0.6.2-py3-none-any.whl",
	} {
		if got, ok := pipcache.OfOrigin([]byte(doc), wheel); ok {
			t.Errorf("%s gives %+v", doc, got)
		}
	}
}

func FuzzOfResponse(f *testing.F) {
	f.Add(old([]byte("PK\x03\x04")))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, ok := pipcache.OfResponse(bytes.NewReader(data), int64(len(data))); ok && (a.Name == "" || a.Version == "" || len(a.SHA256) != 64) {
			t.Errorf("%+v", a)
		}
	})
}
