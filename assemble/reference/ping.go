package reference

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// maxPing bounds how much of an answer to a ping is cached, in bytes.
const maxPing = 64 << 10

// pingTime is the time limit for GET /v2/, which registries answer at once. A registry
// that accepts connections and never answers would block a run for the much longer
// limit of a blob.
const pingTime = 30 * time.Second

// pinger caches the answer to GET /v2/ for each registry: go-containerregistry asks
// again for every repository, once to pull and once to push. A session also caches that
// there is no answer: behind a firewall that drops packets each attempt takes half a
// minute, and a base is searched under a dozen tags.
type pinger struct {
	inner  http.RoundTripper
	known  *sync.Map // scheme://host -> *ping
	silent *sync.Map // the same, for registries that could not be reached
}

// ping is a cached answer.
type ping struct {
	resp *http.Response // without its body
	body []byte
	err  error
}

func (p *pinger) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet || req.URL.Path != "/v2/" || req.Header.Get("Authorization") != "" {
		return p.inner.RoundTrip(req)
	}
	key := req.URL.Scheme + "://" + req.URL.Host
	if v, ok := p.known.Load(key); ok {
		return v.(*ping).replay(req)
	}
	if v, ok := p.silent.Load(key); ok {
		return v.(*ping).replay(req)
	}
	answer, err := p.ask(req)
	if err != nil && req.Context().Err() == nil && isSilence(err) {
		p.silent.Store(key, &ping{err: err})
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/" {
		// Plain HTTP in answer to TLS, which is tried first for every loopback
		// registry: an answer that will be the same for the next repository.
		p.known.Store(key, &ping{err: err})
	}
	if err != nil {
		return nil, err
	}
	if status := answer.resp.StatusCode; status == http.StatusOK || status == http.StatusUnauthorized {
		p.known.Store(key, answer)
	}
	return answer.replay(req)
}

// ask sends a ping and reads the answer.
func (p *pinger) ask(req *http.Request) (*ping, error) {
	ctx, stop := context.WithTimeoutCause(req.Context(), pingTime, fmt.Errorf("no answer in %s: %w", pingTime, os.ErrDeadlineExceeded))
	defer stop()
	resp, err := p.inner.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPing))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	return &ping{resp: resp, body: body}, nil
}

// isSilence reports whether a host does not answer or does not exist.
func isSilence(err error) bool {
	var timeout net.Error
	var dns *net.DNSError
	return errors.As(err, &timeout) && timeout.Timeout() || errors.As(err, &dns) && dns.IsNotFound || errors.Is(err, syscall.ECONNREFUSED)
}

func (p *ping) replay(req *http.Request) (*http.Response, error) {
	if p.err != nil {
		return nil, p.err
	}
	resp := *p.resp
	resp.Request = req
	resp.Header = p.resp.Header.Clone()
	resp.Body = io.NopCloser(bytes.NewReader(p.body))
	resp.ContentLength = int64(len(p.body))
	return &resp, nil
}
