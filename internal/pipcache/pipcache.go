// Package pipcache tells which archives of distributions lie in an image, and
// their hashes: in pip's caches, which remain where nobody switched them off, and
// as wheels that were copied there.
package pipcache

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path"
	"regexp"
	"strings"
)

// Archive is a distribution's archive.
type Archive struct {
	Name, Version string
	SHA256        string // in hex
}

// Kind says what a file may tell of archives.
type Kind int

// The kinds.
const (
	None Kind = iota
	// Wheel is one that was copied: its own hash is the archive's.
	Wheel
	// Origin tells of what a wheel beside it was built of.
	Origin
	// Response is an answer to a request, in pip's cache.
	Response
)

// KindOf tells what a file of that path may be. Wheels in pip's cache were built in
// the image: no index has them.
func KindOf(name string) Kind {
	name = "/" + name
	base := path.Base(name)
	switch {
	case strings.Contains(name, "/pip/wheels/"):
		if base == "origin.json" {
			return Origin
		}
		return None
	case strings.HasSuffix(base, ".whl"):
		return Wheel
	case strings.Contains(name, "/pip/http-v2/") && strings.HasSuffix(base, ".body"), strings.Contains(name, "/pip/http/"):
		return Response
	}
	return None
}

// OfWheel reads the name and version in a wheel's file name.
func OfWheel(name string) (Archive, bool) {
	stem, ok := strings.CutSuffix(path.Base(name), ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 { // NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM
		return Archive{}, false
	}
	return Archive{Name: parts[0], Version: parts[1]}, true
}

// OfOrigin reads an origin.json: what a wheel was built of. wheel is the name of the
// wheel beside it.
func OfOrigin(data []byte, wheel string) (Archive, bool) {
	var doc struct {
		Archive struct {
			Hashes map[string]string `json:"hashes"`
		} `json:"archive_info"`
	}
	a, ok := OfWheel(wheel)
	if !ok || json.Unmarshal(data, &doc) != nil || !hexDigest.MatchString(doc.Archive.Hashes["sha256"]) {
		return Archive{}, false
	}
	a.SHA256 = doc.Archive.Hashes["sha256"]
	return a, true
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// MaxSize is how large a response may be to be looked at, in bytes: PyPI takes files of
// some gigabytes at most.
const MaxSize = 8 << 30

// OfResponse finds the archive in a response of pip's cache.
func OfResponse(f io.ReaderAt, size int64) (Archive, bool) {
	from, length := body(f, size)
	content := io.NewSectionReader(f, from, length)
	a, ok := identify(content)
	if !ok {
		return Archive{}, false
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, from, length)); err != nil {
		return Archive{}, false
	}
	a.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return a, true
}

// cached is how the files of pip before 23.3 begin: CacheControl's version 4, and in
// MessagePack a map of two, in which "response" is a map (its length is the byte
// that is left out here) whose first key is "body".
var cached = [2]string{"cc=4,\x82\xa8response", "\xa4body"}

// body tells where the body of a response is. Newer pips have it in a file of its
// own, which is all body.
func body(f io.ReaderAt, size int64) (from, length int64) {
	at := len(cached[0]) + 1 + len(cached[1])
	head := make([]byte, at+5)
	if _, err := f.ReadAt(head, 0); err != nil || !bytes.HasPrefix(head, []byte(cached[0])) || string(head[at-len(cached[1]):at]) != cached[1] {
		return 0, size
	}
	field := head[at+1:]
	switch head[at] { // MessagePack's bin 8, bin 16, bin 32
	case 0xc4:
		from, length = 1, int64(field[0])
	case 0xc5:
		from, length = 2, int64(binary.BigEndian.Uint16(field))
	case 0xc6:
		from, length = 4, int64(binary.BigEndian.Uint32(field))
	}
	from += int64(at) + 1
	return from, min(length, size-from)
}

// identify reads which distribution an archive is: by the metadata of a wheel, or
// by the directory that is all of a source archive.
func identify(content *io.SectionReader) (Archive, bool) {
	if z, err := zip.NewReader(&bounded{content, maxDirectory}, content.Size()); err == nil {
		for _, f := range z.File {
			if stem, ok := strings.CutSuffix(f.Name, ".dist-info/METADATA"); ok && !strings.Contains(stem, "/") {
				return named(stem, strings.IndexByte(stem, '-'))
			}
		}
		return Archive{}, false
	}
	z, err := gzip.NewReader(content)
	if err != nil {
		return Archive{}, false
	}
	h, err := tar.NewReader(io.LimitReader(z, maxHead)).Next()
	if err != nil {
		return Archive{}, false
	}
	top, _, _ := strings.Cut(strings.TrimPrefix(h.Name, "./"), "/")
	return named(top, strings.LastIndexByte(top, '-'))
}

// maxDirectory bounds what is read of a zip's directory, in bytes: torch's has 2 MB.
const maxDirectory = 8 << 20

// bounded is a reader that fails when so many bytes were read.
type bounded struct {
	io.ReaderAt
	left int
}

func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("the directory is too large")
	}
	return b.ReaderAt.ReadAt(p, off)
}

// maxHead bounds what is unpacked for the first header of a tar, in bytes.
const maxHead = 1 << 20

// named cuts NAME-VERSION at a dash.
func named(s string, dash int) (Archive, bool) {
	if dash <= 0 || dash == len(s)-1 {
		return Archive{}, false
	}
	return Archive{Name: s[:dash], Version: s[dash+1:]}, true
}
