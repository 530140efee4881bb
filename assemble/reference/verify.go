package reference

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// verifier verifies a blob while it is read: it returns io.EOF only if size and
// digest match, else a *CorruptError.
type verifier struct {
	io.ReadCloser
	digest v1.Hash
	size   int64
	read   int64
	hash   hash.Hash
}

// verify wraps rc; it closes rc on an error.
func verify(rc io.ReadCloser, digest v1.Hash, size int64) (io.ReadCloser, error) {
	h, err := v1.Hasher(digest.Algorithm)
	if err != nil {
		err = &CorruptError{Object: "blob " + digest.String(), Cause: err}
		return nil, errors.Join(err, rc.Close())
	}
	return &verifier{ReadCloser: rc, digest: digest, size: size, hash: h}, nil
}

func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.read += int64(n)
	v.hash.Write(p[:n])
	switch {
	case v.read > v.size:
		return n, v.corrupt("longer than %d bytes", v.size)
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, err
	case v.read < v.size:
		return n, v.corrupt("%d bytes instead of %d", v.read, v.size)
	}
	if got := hex.EncodeToString(v.hash.Sum(nil)); got != v.digest.Hex {
		return n, v.corrupt("its content has the digest %s:%s", v.digest.Algorithm, got)
	}
	return n, err
}

func (v *verifier) corrupt(format string, args ...any) error {
	return &CorruptError{Object: "blob " + v.digest.String(), Cause: fmt.Errorf(format, args...)}
}

// readAll reads a verified blob of at most limit bytes into memory.
func readAll(rc io.ReadCloser, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errors.Join(fmt.Errorf("%d bytes are more than the limit of %d", size, limit), rc.Close())
	}
	var buf bytes.Buffer
	buf.Grow(int(size))
	_, err := buf.ReadFrom(rc)
	if err = errors.Join(err, rc.Close()); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
