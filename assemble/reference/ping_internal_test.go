package reference

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mute accepts requests and answers none.
type mute struct{ asked int }

func (m *mute) RoundTrip(req *http.Request) (*http.Response, error) {
	m.asked++
	<-req.Context().Done()
	return nil, context.Cause(req.Context()) // as http.Transport does
}

// A registry that accepts connections and does not answer is waited for only once, and
// for less time than one that assembles a blob.
func TestMuteRegistry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := &mute{}
		p := &pinger{inner: registry, known: &sync.Map{}, silent: &sync.Map{}}
		began := time.Now()
		for range 2 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://registry.example/v2/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := p.RoundTrip(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Fatal("an answer")
			}
			if !isNetwork(err) {
				t.Errorf("not a network error: %v", err)
			}
		}
		if registry.asked != 1 || time.Since(began) != pingTime {
			t.Errorf("asked %d times in %s, want once in %s", registry.asked, time.Since(began), pingTime)
		}
	})
}
