package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/slimify/slimify/internal/certtest"
)

// proxyhub starts a registry with samples behind a proxy, which forwards every host to it,
// and names the proxy in $HTTPS_PROXY. Its certificate is for the given hosts, of an
// authority in ca.pem. With -client it requires a client certificate, such as client.cert
// and client.key; with -plain it has no TLS. It gives tokens for the users in the file
// "users" (USER:PASSWORD). The proxy writes requested hosts to the file "proxied", a line
// each.
//
// It stands for hosts that have credentials, such as ghcr.io, and tests proxies, which Go
// does not use for loopback addresses.
func proxyhub(ts *testscript.TestScript, neg bool, args []string) {
	var form string
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		form, args = args[0], args[1:]
	}
	if neg || len(args) == 0 {
		ts.Fatalf("usage: proxyhub [-client|-plain] HOST…")
	}
	inner, err := newSampleRegistry()
	ts.Check(err)
	srv := httptest.NewUnstartedServer(&tokenhub{inner: inner, users: ts.MkAbs("users")})
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	if form == "-plain" {
		srv.Start()
	} else {
		srv.TLS = certificates(ts, args, form == "-client")
		srv.StartTLS()
	}
	ts.Defer(srv.Close)

	proxy := httptest.NewServer(tunnel(srv.Listener.Addr().String(), ts.MkAbs("proxied")))
	ts.Defer(proxy.Close)
	ts.Setenv("HTTPS_PROXY", proxy.URL)
}

// certificates creates an authority, a server certificate for hosts, and a client
// certificate, in the files of proxyhub.
func certificates(ts *testscript.TestScript, hosts []string, client bool) *tls.Config {
	ca, err := certtest.New()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca.PEM(), 0o600))
	server, err := ca.Server(hosts...)
	ts.Check(err)
	own, err := ca.Client()
	ts.Check(err)
	ts.Check(certtest.Write(own, ts.MkAbs("."), "client"))
	config := &tls.Config{Certificates: []tls.Certificate{server}}
	if client {
		config.ClientCAs, config.ClientAuth = ca.Pool(), tls.RequireAndVerifyClientCert
	}
	return config
}

// tunnel is a proxy whose tunnels all lead to one address.
func tunnel(to, proxied string) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "this proxy only supports CONNECT", http.StatusMethodNotAllowed)
			return
		}
		mu.Lock()
		f, err := os.OpenFile(proxied, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, _ = fmt.Fprintln(f, r.Host)
			_ = f.Close()
		}
		mu.Unlock()
		target, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			_ = target.Close()
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(target, conn)
			_ = target.Close()
		}()
		_, _ = io.Copy(conn, target)
		_ = conn.Close()
	})
}

// tokenhub is a registry that requires tokens.
type tokenhub struct {
	inner http.Handler
	users string // a file of USER:PASSWORD
}

const hubToken = "the-hub's-token"

func (h *tokenhub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		user, password, _ := r.BasicAuth()
		users, _ := os.ReadFile(h.users)
		if !bytes.Contains(append([]byte("\n"), users...), []byte("\n"+user+":"+password+"\n")) {
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"token": hubToken})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+hubToken {
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://`+r.Host+`/token",service="hub"`)
		http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
		return
	}
	h.inner.ServeHTTP(w, r)
}

// metadata starts a metadata server like that of Google's machines: metadata TOKEN.
func metadata(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: metadata TOKEN")
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/token") {
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": args[0], "expires_in": 3600, "token_type": "Bearer"})
		}
	}))
	ts.Defer(srv.Close)
	ts.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(srv.URL, "http://"))
}
