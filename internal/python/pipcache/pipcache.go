// Package pipcache finds archives of distributions in an image and their hashes:
// in pip's cache, which stays in the image unless it was disabled, and as copied
// wheels.
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

// Archive is a wheel or a source archive.
type Archive struct {
	Name, Version string
	SHA256        string // in hex
}

// Kind is the kind of a file in which archives are found.
type Kind int

// The kinds.
const (
	None Kind = iota
	// Wheel is a copied wheel: its own hash is the archive's.
	Wheel
	// Origin is an origin.json, which names the archive that the wheel next to
	// it was built from.
	Origin
	// Response is an HTTP response in pip's cache.
	Response
)

// KindOf returns the kind of a file by its path. Wheels in pip's cache are None:
// they were built in the image, and no index has them.
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

// OfWheel reads name and version from a wheel's file name.
func OfWheel(name string) (Archive, bool) {
	stem, ok := strings.CutSuffix(path.Base(name), ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 { // NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM
		return Archive{}, false
	}
	return Archive{Name: parts[0], Version: parts[1]}, true
}

// OfOrigin reads the archive from an origin.json. wheel is the file name of the
// wheel next to it.
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

// MaxSize is the largest response that is read, in bytes: PyPI takes files of a few
// gigabytes at most.
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

// cached is how files of pip before 23.3 begin: CacheControl's version 4 and, in
// MessagePack, a map of two, in which "response" is a map (its length is the byte
// between the two strings) whose first key is "body".
var cached = [2]string{"cc=4,\x82\xa8response", "\xa4body"}

// body returns the place of a response's body. pip since 23.3 keeps it in a file
// of its own, which holds nothing else.
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

// identify reads an archive's name and version from the metadata directory of a
// wheel or the top directory of a source archive.
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

// maxDirectory bounds what is read from a zip's directory, in bytes: torch's
// has 2 MB.
const maxDirectory = 8 << 20

// bounded is a reader that fails after a number of bytes.
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

// named splits NAME-VERSION at a dash.
func named(s string, dash int) (Archive, bool) {
	if dash <= 0 || dash == len(s)-1 {
		return Archive{}, false
	}
	return Archive{Name: s[:dash], Version: s[dash+1:]}, true
}
