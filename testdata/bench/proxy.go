package bench

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// proxy stands before the registry on loopback and counts what passes: requests,
// and the bytes of their bodies and of the answers' bodies.
type proxy struct {
	address            string // host:port
	requests, down, up atomic.Int64
}

func newProxy(registry string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{address: l.Addr().String()}
	// The client's Host is passed on: the registry makes the addresses of uploads of it.
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: registry})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
		ModifyResponse: func(r *http.Response) error {
			r.Body = counted{r.Body, &p.down}
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.requests.Add(1)
			r.Body = counted{r.Body, &p.up}
			forward.ServeHTTP(w, r)
		}))
	}()
	return p, nil
}

// take returns what has passed since it was last asked.
func (p *proxy) take() Traffic {
	return Traffic{Requests: p.requests.Swap(0), Down: p.down.Swap(0), Up: p.up.Swap(0)}
}

type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.n.Add(int64(n))
	return n, err
}
