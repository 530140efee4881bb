package reference_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/certtest"
)

// authority is certtest's; its failures end the test.
type authority struct {
	*certtest.Authority
	t *testing.T
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	return authority{a, t}
}

// server returns a certificate for 127.0.0.1.
func (a authority) server() tls.Certificate { return a.must(a.Server("127.0.0.1")) }

func (a authority) must(cert tls.Certificate, err error) tls.Certificate {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// client writes a certificate and its key to DIR/NAME.cert and DIR/NAME.key.
func (a authority) client(dir, name string) {
	a.t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		a.t.Fatal(err)
	}
	if err := certtest.Write(a.must(a.Client()), dir, name); err != nil {
		a.t.Fatal(err)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// serveTLS returns the host:port of a server with a certificate; with clients it asks
// for one that these authorities signed.
func serveTLS(t *testing.T, h http.Handler, cert tls.Certificate, clients *x509.CertPool) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	if clients != nil {
		server.TLS.ClientCAs, server.TLS.ClientAuth = clients, tls.RequireAndVerifyClientCert
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // failures are what it is for
	server.StartTLS()
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "https://")
}

// TestCertificates reaches a registry with a certificate from a private authority that
// requires client certificates.
func TestCertificates(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	host := serveTLS(t, newRegistry(), ca.server(), ca.Pool())
	for _, tc := range []struct {
		name string
		env  string // the variable that names the root of dir
		dir  string // of the certificates
		ca   string // its name, "" for none
		pair string // name of the client's certificate
		flag bool   // --ca-file
		err  string // "" if all works
	}{
		{name: "podman", env: "XDG_CONFIG_HOME", dir: "containers/certs.d", ca: "ca.crt", pair: "client"},
		{name: "podman, by home", env: "HOME", dir: ".config/containers/certs.d", ca: "other.crt", pair: "other"},
		{name: "rootless Docker", env: "HOME", dir: ".config/docker/certs.d", ca: "ca.crt", pair: "client"},
		{name: "Docker Desktop", env: "HOME", dir: ".docker/certs.d", ca: "ca.crt", pair: "client"},
		{name: "DOCKER_CONFIG", env: "DOCKER_CONFIG", dir: "certs.d", ca: "ca.crt", pair: "client"},
		{name: "authority by flag", env: "HOME", dir: ".docker/certs.d", pair: "client", flag: true},
		{name: "no authority", env: "HOME", dir: ".docker/certs.d", pair: "client", err: "--ca-file"},
		{name: "no client", env: "HOME", dir: ".docker/certs.d", ca: "ca.crt", err: "it asks for a client certificate"},
		{name: "nothing", env: "HOME", dir: "elsewhere", err: "/ca.crt below ~/.config/containers"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, tc.dir, host)
			if tc.ca != "" {
				writeFile(t, filepath.Join(dir, tc.ca), ca.PEM())
			}
			if tc.pair != "" {
				ca.client(dir, tc.pair)
			}
			opts := reference.Options{Getenv: func(key string) string { return map[string]string{tc.env: root}[key] }}
			if tc.flag {
				opts.CAFile = filepath.Join(root, "ca.pem")
				writeFile(t, opts.CAFile, ca.PEM())
			}
			s := newSession(t, opts)
			ref := mustParse(t, host+"/app:1")
			_, err := s.Write(t.Context(), ref, randomImage(t))
			var unreachable *reference.UnreachableError
			switch {
			case tc.err == "" && err != nil:
				t.Error(err)
			case tc.err == "":
				mustOpen(t, s, ref)
			case !errors.As(err, &unreachable) || !strings.Contains(err.Error(), tc.err):
				t.Errorf("got %v, want an *UnreachableError with %q", err, tc.err)
			}
		})
	}
}

// An incomplete directory of certificates must not look like an unknown
// authority.
func TestCertificatesMalformed(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	for name, tc := range map[string]struct {
		files func(t *testing.T, dir string)
		err   string
	}{
		"no PEM":    {func(t *testing.T, dir string) { writeFile(t, dir+"/ca.crt", []byte("x")) }, "no PEM"},
		"no key":    {func(_ *testing.T, dir string) { ca.client(dir, "a"); _ = os.Remove(dir + "/a.key") }, `"a.key"`},
		"no cert":   {func(_ *testing.T, dir string) { ca.client(dir, "a"); _ = os.Remove(dir + "/a.cert") }, `"a.cert"`},
		"bad pair":  {func(t *testing.T, dir string) { ca.client(dir, "a"); writeFile(t, dir+"/a.key", []byte("x")) }, "a.cert"},
		"no folder": {func(t *testing.T, dir string) { writeFile(t, dir, nil) }, "r.example"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			tc.files(t, filepath.Join(root, "certs.d", "r.example"))
			s := newSession(t, reference.Options{Getenv: func(key string) string { return map[string]string{"DOCKER_CONFIG": root}[key] }})
			_, err := s.Open(t.Context(), mustParse(t, "r.example/app:1"))
			var option *reference.OptionError
			if !errors.As(err, &option) || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("got %v, want an *OptionError with %q", err, tc.err)
			}
		})
	}
}

// Redirects trust the registry's authorities, but get neither its client
// certificate nor its credentials.
func TestRedirectElsewhere(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	blobs := newRegistry()
	var asked int
	cdn := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if len(r.TLS.PeerCertificates) > 0 || r.Header.Get("Authorization") != "" {
			t.Errorf("the other host was shown %d certificates and %q", len(r.TLS.PeerCertificates), r.Header.Get("Authorization"))
		}
		blobs.ServeHTTP(w, r)
	}))
	cdn.TLS = &tls.Config{Certificates: []tls.Certificate{ca.server()}, ClientAuth: tls.RequestClientCert}
	cdn.StartTLS()
	t.Cleanup(cdn.Close)
	host := serveTLS(t, basicAuth(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			http.Redirect(w, r, cdn.URL+r.URL.Path+"?"+url.Values{"X-Amz-Signature": {"abc"}}.Encode(), http.StatusTemporaryRedirect)
			return
		}
		blobs.ServeHTTP(w, r)
	})), ca.server(), ca.Pool())
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "certs.d", host, "ca.crt"), ca.PEM())
	ca.client(filepath.Join(root, "certs.d", host), "client")
	s := newSession(t, reference.Options{
		AuthFile: authFile(t, host, "secret"), Getenv: func(key string) string { return map[string]string{"DOCKER_CONFIG": root}[key] },
	})
	ref := mustParse(t, host+"/app:1")
	mustWrite(t, s, ref, randomImage(t))
	if err := drain(mustOpen(t, s, ref).Image); err != nil {
		t.Fatal(err)
	}
	if asked == 0 {
		t.Error("nothing was redirected")
	}
}

// Errors about certificates and schemes have a hint.
func TestTLSHints(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, file, ca.PEM())
	for name, tc := range map[string]struct{ host, hint string }{
		"other name":  {serveTLS(t, newRegistry(), ca.must(ca.Server("other.example")), nil), "for other names"},
		"out of date": {serveTLS(t, newRegistry(), ca.must(ca.ServerUntil(time.Now().Add(-time.Hour), "127.0.0.1")), nil), "has expired"},
		"not trusted": {serveTLS(t, newRegistry(), newAuthority(t).server(), nil), "--ca-file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newSession(t, reference.Options{CAFile: file}).Open(t.Context(), mustParse(t, tc.host+"/app:1"))
			var unreachable *reference.UnreachableError
			if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), tc.hint) {
				t.Errorf("got %v, want an *UnreachableError with %q", err, tc.hint)
			}
		})
	}
}
