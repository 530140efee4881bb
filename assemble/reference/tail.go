package reference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// ErrNoTail is returned by Tail if the end of a blob cannot be read without the
// rest.
var ErrNoTail = errors.New("the end of a blob cannot be read without the rest")

// Tail returns the last n bytes of a blob without reading the rest. They are
// not verified: use them only for estimates.
func (s *Source) Tail(ctx context.Context, blob v1.Descriptor, n int64) ([]byte, error) {
	if s.tail == nil || blob.Size < n {
		return nil, ErrNoTail
	}
	rc, err := s.tail(ctx, blob, n)
	if err != nil {
		return nil, err
	}
	out := make([]byte, n)
	_, err = io.ReadFull(rc, out)
	if err = errors.Join(err, rc.Close()); err != nil {
		return nil, fmt.Errorf("reading the end of blob %s: %w", blob.Digest, err)
	}
	return out, nil
}

// tail opens a blob n bytes before its end.
func (s *store) tail(_ context.Context, blob v1.Descriptor, n int64) (io.ReadCloser, error) {
	f, err := openFile(s.fsys, s.path(blob.Digest))
	if err != nil {
		return nil, err
	}
	seeker, ok := f.(io.Seeker)
	if !ok {
		return nil, errors.Join(ErrNoTail, f.Close())
	}
	if _, err := seeker.Seek(blob.Size-n, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// tail requests a blob's last n bytes from the registry that served the image, with a Range
// request (RFC 9110, section 14). It does not read an answer with the whole blob.
func (s *Session) tail(image name.Reference) func(ctx context.Context, blob v1.Descriptor, n int64) (io.ReadCloser, error) {
	return func(ctx context.Context, blob v1.Descriptor, n int64) (io.ReadCloser, error) {
		repo := image.Context()
		rt, err := s.authorized(ctx, repo, transport.PullScope)
		if err != nil {
			return nil, err
		}
		u := url.URL{Scheme: repo.Scheme(), Host: repo.RegistryStr(), Path: "/v2/" + repo.RepositoryStr() + "/blobs/" + blob.Digest.String()}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", blob.Size-n, blob.Size-1))
		resp, err := (&http.Client{Transport: rt}).Do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusPartialContent {
			return nil, errors.Join(ErrNoTail, resp.Body.Close())
		}
		return resp.Body, nil
	}
}
