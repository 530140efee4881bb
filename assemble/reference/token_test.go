package reference_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/slimify/slimify/assemble/reference"
)

// tokenRegistry requires tokens as in the distribution specification
// (spec/auth/token.md, oauth.md). Its token server accepts user:secret and an
// identity token.
type tokenRegistry struct {
	inner    http.Handler
	uses     int    // how many requests a token is good for; 0 means any number
	identity string // the identity token that is good, "" for none
	readOnly bool   // nobody may push

	mu     sync.Mutex
	left   map[string]int // uses by token
	grants []string       // method, grant and scope of each token
}

func (s *tokenRegistry) serve(t *testing.T) string {
	t.Helper()
	s.inner, s.left = newRegistry(), make(map[string]int)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func (s *tokenRegistry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/token" {
		s.token(w, r)
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	left, known := s.left[token]
	if !known || s.uses > 0 && left <= 0 {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="the registry"`, r.Host))
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
		return
	}
	s.left[token]--
	if s.readOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"errors":[{"code":"DENIED","message":"read only"}]}`)
		return
	}
	s.inner.ServeHTTP(w, r)
}

func (s *tokenRegistry) token(w http.ResponseWriter, r *http.Request) {
	user, password, basic := r.BasicAuth()
	grant, scope := "anonymous", r.URL.Query().Get("scope")
	switch {
	case r.Method == http.MethodPost:
		if r.FormValue("grant_type") != "refresh_token" || r.FormValue("refresh_token") != s.identity || s.identity == "" || r.FormValue("service") != "the registry" {
			w.WriteHeader(http.StatusBadRequest) // RFC 6749, section 5.2
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		grant, scope = "identity", r.FormValue("scope")
	case basic && (user != "user" || password != "secret"):
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}`)
		return
	case basic:
		grant = "password"
	}
	token := fmt.Sprintf("token-%d", len(s.grants))
	if grant != "anonymous" {
		s.left[token] = s.uses
	}
	s.grants = append(s.grants, grant+" "+scope)
	_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": 60})
}

func identityFile(t *testing.T, host, token string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "auth.json")
	body := fmt.Sprintf(`{"auths":{%q:{"identitytoken":%q}}}`, host, token)
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		registry *tokenRegistry
		auth     func(t *testing.T, host string) string
		grant    string
		err      string // of the push, "" if all works
	}{
		{name: "password", registry: new(tokenRegistry), auth: func(t *testing.T, host string) string { return authFile(t, host, "secret") }, grant: "password"},
		{name: "wrong password", registry: new(tokenRegistry), auth: func(t *testing.T, host string) string { return authFile(t, host, "guess") }, err: "the credentials were refused: run slimify login"},
		{name: "none", registry: new(tokenRegistry), auth: func(*testing.T, string) string { return "" }, grant: "anonymous", err: "check the name, or run slimify login"},
		{name: "tokens that expire", registry: &tokenRegistry{uses: 1}, auth: func(t *testing.T, host string) string { return authFile(t, host, "secret") }, grant: "password"},
		{name: "identity token", registry: &tokenRegistry{identity: "long-lived"}, auth: func(t *testing.T, host string) string { return identityFile(t, host, "long-lived") }, grant: "identity"},
		{name: "expired identity token", registry: &tokenRegistry{identity: "new"}, auth: func(t *testing.T, host string) string { return identityFile(t, host, "old") }, err: "the identity token has expired or was revoked: run slimify login"},
		{name: "no right", registry: &tokenRegistry{readOnly: true}, auth: func(t *testing.T, host string) string { return authFile(t, host, "secret") }, grant: "password", err: "have no right to it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			host := tc.registry.serve(t)
			// One request at a time: none may use the token that another has
			// just received.
			s := newSession(t, reference.Options{AuthFile: tc.auth(t, host), Jobs: 1})
			ref := mustParse(t, host+"/team/app:1")
			err := s.Writable(t.Context(), ref)
			if err == nil {
				_, err = s.Write(t.Context(), ref, randomImage(t))
			}
			if len(tc.registry.grants) > 0 && !strings.HasPrefix(tc.registry.grants[0], tc.grant+" repository:team/app:") {
				t.Errorf("tokens: %q", tc.registry.grants)
			}
			if tc.err != "" {
				var auth *reference.AuthError
				if !errors.As(err, &auth) || auth.Registry != host || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, want an *AuthError with %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := drain(mustOpen(t, s, ref).Image); err != nil {
				t.Error(err)
			}
			if n := len(tc.registry.grants); tc.registry.uses == 1 && n < 10 {
				t.Errorf("%d tokens, each valid for one request: %q", n, tc.registry.grants)
			}
		})
	}
}

// Login decides whether credentials are stored: it must refuse wrong ones.
func TestLogin(t *testing.T) {
	t.Parallel()
	tokens := &tokenRegistry{uses: 1}
	for _, tc := range []struct {
		name, host, password string
		checked              bool
		err                  string
	}{
		{"basic", newServer(t, basicAuth(newRegistry())), "secret", true, ""},
		{"basic, wrong", newServer(t, basicAuth(newRegistry())), "guess", true, "check the user and the password"},
		{"token", tokens.serve(t), "secret", true, ""},
		{"token, wrong", new(tokenRegistry).serve(t), "guess", true, "check the user and the password"},
		{"open", newServer(t, newRegistry()), "guess", false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSession(t, reference.Options{})
			checked, err := s.Login(t.Context(), tc.host, "user", tc.password)
			var auth *reference.AuthError
			switch {
			case tc.err == "" && (err != nil || checked != tc.checked):
				t.Errorf("got %t, %v", checked, err)
			case tc.err != "" && (!errors.As(err, &auth) || auth.Registry != tc.host || !strings.Contains(err.Error(), tc.err)):
				t.Errorf("got %v, want an *AuthError with %q", err, tc.err)
			}
		})
	}
	var registry *reference.RegistryError
	if _, err := newSession(t, reference.Options{}).Login(t.Context(), newServer(t, http.NotFoundHandler()), "user", "secret"); !errors.As(err, &registry) {
		t.Errorf("no registry: %v", err)
	}
}
