package reference

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// resumePause is the wait before the first attempt to resume; it doubles.
const resumePause = 100 * time.Millisecond

// resumer resumes interrupted response bodies with a Range request, so that a
// broken connection does not restart the whole layer.
type resumer struct {
	inner    http.RoundTripper
	attempts int // per body
}

func (r *resumer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.inner.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet || resp.StatusCode != http.StatusOK || resp.ContentLength <= 0 {
		return resp, err
	}
	resp.Body = &resumable{
		rt: r.inner, req: req, body: resp.Body,
		total: resp.ContentLength, etag: resp.Header.Get("ETag"), left: r.attempts,
	}
	return resp, nil
}

// resumable is a body of a known length. Its reader verifies the blob's digest,
// which detects a server that changes the content in between.
type resumable struct {
	rt    http.RoundTripper
	req   *http.Request
	body  io.ReadCloser
	off   int64 // bytes read
	total int64
	etag  string
	left  int // attempts
	tried int
}

func (b *resumable) Read(p []byte) (int, error) {
	for {
		n, err := b.body.Read(p)
		b.off += int64(n)
		if err == nil || n > 0 || b.off >= b.total {
			// With n > 0 the next call returns the error again.
			if n > 0 && b.off < b.total {
				err = nil
			}
			return n, err
		}
		if b.left <= 0 || b.req.Context().Err() != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		if rerr := b.resume(); rerr != nil {
			return 0, fmt.Errorf("resuming at byte %d after %w: %w", b.off, err, rerr)
		}
	}
}

// resume replaces the broken body with one that starts at b.off, within the
// remaining attempts.
func (b *resumable) resume() error {
	_ = b.body.Close() // it is broken
	b.body = http.NoBody
	var last error
	for b.left > 0 {
		b.left--
		timer := time.NewTimer(resumePause << min(b.tried, 6))
		b.tried++
		select {
		case <-timer.C:
		case <-b.req.Context().Done():
			timer.Stop()
			return b.req.Context().Err()
		}
		body, err := b.request()
		if err == nil {
			b.body = body
			return nil
		}
		last = err
	}
	return last
}

func (b *resumable) request() (io.ReadCloser, error) {
	req := b.req.Clone(b.req.Context())
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-", b.off))
	if b.etag != "" {
		req.Header.Set("If-Range", b.etag)
	}
	resp, err := b.rt.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	want := fmt.Sprintf("bytes %d-%d/%d", b.off, b.total-1, b.total)
	if got := resp.Header.Get("Content-Range"); resp.StatusCode != http.StatusPartialContent || got != want {
		return nil, errors.Join(fmt.Errorf("status %s, range %q instead of %q", resp.Status, got, want), resp.Body.Close())
	}
	return resp.Body, nil
}

func (b *resumable) Close() error { return b.body.Close() }
