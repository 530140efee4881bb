package reference

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
)

// Connections hold connections to registries and their answers to pings, which
// several sessions may share. They are safe for concurrent use.
type Connections struct {
	authorities []byte // PEM, trusted in addition to the system's
	getenv      func(string) string
	pings       sync.Map // scheme://host -> *ping

	mu         sync.Mutex
	certs      map[string]*hostCerts
	transports map[transportKey]*http.Transport
}

// transportKey identifies connections with the same TLS configuration.
type transportKey struct {
	certs    string // the directory of certificates
	client   bool   // with its client certificates
	insecure bool
}

// NewConnections connects to nothing yet. It uses CAFile and Getenv from opts; a
// file that cannot be read is an *OptionError.
func NewConnections(opts Options) (*Connections, error) {
	c := &Connections{
		getenv: opts.Getenv, certs: make(map[string]*hostCerts), transports: make(map[transportKey]*http.Transport),
	}
	if c.getenv == nil {
		c.getenv = os.Getenv
	}
	if opts.CAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(opts.CAFile)
	if err != nil {
		return nil, &OptionError{fmt.Errorf("reading CA file: %w", err)}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, &OptionError{fmt.Errorf("reading CA file %q: it holds no PEM certificate", opts.CAFile)}
	}
	c.authorities = pem
	return c, nil
}

// certsOf reads the certificates of a registry once. An error is an *OptionError.
func (c *Connections) certsOf(host string) (*hostCerts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.certs[host]; known != nil {
		return known, nil
	}
	certs, err := readCerts(displayHost(host), c.getenv)
	if err != nil {
		return nil, &OptionError{err}
	}
	c.certs[host] = certs
	return certs, nil
}

// transport returns the connections for requests to a registry. Those to its own
// host use its client certificates. Those to its token server and to redirects also
// trust its authorities, as Docker does, but use no client certificate.
func (c *Connections) transport(certs *hostCerts, own, insecure bool) *http.Transport {
	key := transportKey{certs: certs.dir, client: own && len(certs.clients) > 0, insecure: insecure}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.transports[key]; known != nil {
		return known
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if len(c.authorities)+len(certs.authorities) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AppendCertsFromPEM(c.authorities)
		pool.AppendCertsFromPEM(certs.authorities)
		config.RootCAs = pool
	}
	if key.client {
		config.Certificates = certs.clients
	} else {
		config.GetClientCertificate = noteAsked
	}
	c.transports[key] = httpTransport(config)
	return c.transports[key]
}

// errClientCert is in the error of a request to a server that asked for a client
// certificate and got none. TLS's own error then depends on which side closes first.
var errClientCert = errors.New("it asks for a client certificate")

// askedKey is the key of a context's *atomic.Bool: whether a server asked for one.
type askedKey struct{}

// noteAsked is GetClientCertificate of a tls.Config without client
// certificates.
func noteAsked(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if asked, ok := info.Context().Value(askedKey{}).(*atomic.Bool); ok {
		asked.Store(true)
	}
	return new(tls.Certificate), nil
}

// Close closes idle connections. Call it when no session uses them any more.
func (c *Connections) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}
