package reference

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"sync"
)

// Connections are what several sessions may share: the connections to registries, and
// what registries answered to a ping. They are safe for concurrent use.
type Connections struct {
	secure, insecure *http.Transport
	pings            sync.Map // scheme://host -> *ping
}

// NewConnections makes no connection. Of opts it uses CAFile; one that cannot be read
// is an *OptionError.
func NewConnections(opts Options) (*Connections, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if opts.CAFile != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pem, err := os.ReadFile(opts.CAFile)
		if err != nil {
			return nil, &OptionError{fmt.Errorf("reading CA file: %w", err)}
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, &OptionError{fmt.Errorf("reading CA file %q: it holds no PEM certificate", opts.CAFile)}
		}
		config.RootCAs = pool
	}
	insecure := config.Clone()
	insecure.InsecureSkipVerify = true
	return &Connections{secure: httpTransport(config), insecure: httpTransport(insecure)}, nil
}

// Close closes what is idle. Call it when no session uses the connections any more.
func (c *Connections) Close() {
	c.secure.CloseIdleConnections()
	c.insecure.CloseIdleConnections()
}
