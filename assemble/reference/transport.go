package reference

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Counter counts the traffic of one run. Its fields may be read at any time.
type Counter struct {
	Requests   atomic.Int64 // HTTP requests sent, redirects and retries included
	Downloaded atomic.Int64 // bytes of response bodies
	Uploaded   atomic.Int64 // bytes of request bodies
	Mounted    atomic.Int64 // blobs that the registry mounted from another repository
}

// maxRetryAfter bounds how long a registry may make a run wait before a retry.
const maxRetryAfter = time.Minute

// errManifestSize is returned for a manifest of more than maxManifest bytes.
var errManifestSize = fmt.Errorf("the manifest is larger than %d MiB", maxManifest>>20)

// newTransport returns the transport stack for all traffic of one registry. From the
// bottom up: TLS, counting, secrets, resuming of interrupted bodies, the limit on
// manifests, cached pings, waiting by Retry-After. go-containerregistry retries whole
// requests on top of it.
func (s *Session) newTransport(host string) (http.RoundTripper, error) {
	certs, err := s.conns.certsOf(host)
	if err != nil {
		return nil, err
	}
	var rt http.RoundTripper = &wire{
		conns: s.conns, registry: host, certs: certs, secrets: &s.secrets,
		counter: s.opts.Counter, userAgent: s.opts.UserAgent, insecureHosts: s.opts.Insecure,
	}
	rt = &resumer{inner: rt, attempts: s.opts.Retry}
	rt = manifestLimiter{inner: rt}
	rt = &pinger{inner: rt, known: &s.conns.pings, silent: &s.silent}
	return &waiter{inner: rt, attempts: s.opts.Retry}, nil
}

func httpTransport(config *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{
			Timeout:   30 * time.Second,
			KeepAlive: 30 * time.Second,
		}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   50,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		// Long: a registry may assemble a large blob before it answers.
		ResponseHeaderTimeout: 5 * time.Minute,
		TLSClientConfig:       config,
		// Blobs are compressed already, and a decoded body can neither be
		// resumed nor counted.
		DisableCompression: true,
	}
}

// wire sends and counts the requests for a registry, to it and to its token server
// and redirects.
type wire struct {
	conns         *Connections
	registry      string // host
	certs         *hostCerts
	secrets       *secrets
	insecureHosts []string
	counter       *Counter
	userAgent     string
}

var _ http.RoundTripper = (*wire)(nil)

func (w *wire) RoundTrip(in *http.Request) (*http.Response, error) {
	req := in.Clone(in.Context())
	if w.userAgent != "" {
		req.Header.Set("User-Agent", w.userAgent)
	}
	if err := w.countBody(req, in); err != nil {
		return nil, err
	}
	// A failed handshake sent no request: loopback registries are tried with TLS
	// first.
	asked := new(atomic.Bool)
	req = req.WithContext(httptrace.WithClientTrace(context.WithValue(req.Context(), askedKey{}, asked), &httptrace.ClientTrace{
		WroteHeaders: func() { w.counter.Requests.Add(1) },
	}))
	w.secrets.addHeader(req.Header.Get("Authorization"))
	rt := w.conns.transport(w.certs, req.URL.Host == w.registry, slices.Contains(w.insecureHosts, req.URL.Host))
	resp, err := rt.RoundTrip(req)
	if err != nil && asked.Load() {
		return nil, fmt.Errorf("%w: %w", errClientCert, err)
	}
	if err != nil {
		return nil, err
	}
	if req.Method == http.MethodPost && resp.StatusCode == http.StatusCreated && req.URL.Query().Get("mount") != "" {
		w.counter.Mounted.Add(1)
	}
	resp.Body = &countingBody{resp.Body, &w.counter.Downloaded}
	if err := w.secrets.clean(resp); err != nil {
		return nil, err
	}
	return resp, nil
}

// countBody gives req its own copy of the body if in can provide one: after a token
// expired, go-containerregistry sends a request again whose body was read already.
func (w *wire) countBody(req, in *http.Request) error {
	if in.Body == nil || in.Body == http.NoBody {
		return nil
	}
	if in.GetBody == nil {
		req.Body = w.sent(in, in.Body)
		return nil
	}
	req.GetBody = func() (io.ReadCloser, error) {
		body, err := in.GetBody()
		if err != nil {
			return nil, err
		}
		return w.sent(in, body), nil
	}
	_ = in.Body.Close() // it was not read, or by a previous attempt
	body, err := req.GetBody()
	if err != nil {
		return err
	}
	req.Body = body
	return nil
}

// sent counts a body, and reports its progress if it is a blob's.
func (w *wire) sent(in *http.Request, body io.ReadCloser) io.ReadCloser {
	body = &countingBody{body, &w.counter.Uploaded}
	if in.Method == http.MethodPatch { // a blob, not a manifest
		body = countedWrite(in.Context(), in.ContentLength, body)
	}
	return body
}

// countingBody adds the bytes read to n.
type countingBody struct {
	io.ReadCloser
	n *atomic.Int64
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}

// manifestLimiter refuses manifests of more than maxManifest bytes before they are
// in memory: go-containerregistry accepts 100 MiB.
type manifestLimiter struct{ inner http.RoundTripper }

func (l manifestLimiter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.inner.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet || !strings.Contains(req.URL.Path, "/manifests/") {
		return resp, err
	}
	if resp.ContentLength > maxManifest {
		return nil, errors.Join(errManifestSize, resp.Body.Close())
	}
	resp.Body = &limitedBody{resp.Body, maxManifest}
	return resp, nil
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errManifestSize
	}
	return n, err
}

// waiter waits for the time in a Retry-After header before it returns the
// answer, after which the request is retried.
type waiter struct {
	inner    http.RoundTripper
	attempts int
}

func (w *waiter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.inner.RoundTrip(req)
	if err != nil || w.attempts <= 0 {
		return resp, err
	}
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return resp, nil
	}
	if d := retryAfter(resp.Header.Get("Retry-After"), time.Now()); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-req.Context().Done():
			return nil, errors.Join(req.Context().Err(), resp.Body.Close())
		}
	}
	return resp, nil
}

// retryAfter parses a Retry-After header, seconds or a date (RFC 9110, 10.2.3). It
// returns 0 for a missing or malformed one and at most maxRetryAfter.
func retryAfter(header string, now time.Time) time.Duration {
	var d time.Duration
	if seconds, err := strconv.Atoi(header); err == nil {
		d = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if date, err := http.ParseTime(header); err == nil {
		d = date.Sub(now)
	}
	return max(0, min(d, maxRetryAfter))
}
