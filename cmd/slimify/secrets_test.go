package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/slimify/slimify/internal/cli/exit"
)

// What slimify must never print. The password has characters that URLs, JSON and Go's
// quoting escape.
const (
	secretUser     = "robot7" // with its colon no multiple of three bytes, which base64 would show alone
	secretPassword = `hunter2/ "ü+&%` + "\t"
	secretToken    = "eyJhbGciOi.bearer-secret.token"
	secretIdentity = "identity-secret-0123456789"
	secretSign     = "5f4dcc3b5aa765d61d8327deb882cf99"
)

// secretForms are the encodings of the secrets in a text.
func secretForms() []string {
	var forms []string
	for _, s := range []string{secretUser + ":" + secretPassword, secretPassword, secretToken, secretIdentity, secretSign} {
		quoted, _ := json.Marshal(s)
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`), strings.Trim(fmt.Sprintf("%q", s), `"`),
			strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(s)), "="), base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	return append(forms, "hunter2")
}

// hostile is a registry that sends back secrets that it received, where it can.
type hostile struct {
	inner  http.Handler
	scheme string // of authorization: basic or bearer

	status int                         // of requests that match
	match  func(r *http.Request) bool  // which requests get an answer with secrets
	token  func(w http.ResponseWriter) // the answer of the token server; nil means a token
	to     string                      // where requests that match are redirected to
	leak   bool                        // with the credentials of the request
	echoed atomic.Bool

	mu     sync.Mutex
	pushed bytes.Buffer // blobs and manifests
}

// record stores uploads, which must not contain secrets either.
func (h *hostile) record(r *http.Request) {
	if r.Method != http.MethodPatch && r.Method != http.MethodPut {
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pushed.Write(body)
}

// echo is all credentials of a request, decoded too.
func echo(r *http.Request) string {
	_, password, _ := r.BasicAuth()
	_ = r.ParseForm()
	_, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return fmt.Sprintf("%s %s %s %s %s", r.Header.Get("Authorization"), sent, password, url.QueryEscape(password), r.PostForm.Get("refresh_token"))
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	basic := password == secretPassword
	switch {
	case h.match != nil && h.match(r) && (r.Header.Get("Authorization") != "" || r.Method == http.MethodPost):
		h.echoed.Store(true)
		if h.to != "" {
			to := h.to
			if h.leak {
				to += url.PathEscape(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
			}
			w.Header().Set("Location", to+"?X-Amz-Signature="+secretSign)
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", echo(r)))
		w.WriteHeader(h.status)
		body, _ := json.Marshal(map[string]any{"errors": []any{map[string]any{"code": "UNKNOWN", "message": echo(r) + "\x1b[2J", "detail": r.Header}}})
		_, _ = w.Write(body)
	case r.URL.Path == "/token" && h.token != nil:
		h.echoed.Store(true)
		h.token(w)
	case r.URL.Path == "/token":
		_ = json.NewEncoder(w).Encode(map[string]string{"token": secretToken})
	case h.scheme == "basic" && basic, h.scheme == "bearer" && r.Header.Get("Authorization") == "Bearer "+secretToken:
		h.record(r)
		h.inner.ServeHTTP(w, r)
	case h.scheme == "basic":
		w.Header().Set("WWW-Authenticate", `Basic realm="hostile"`)
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token",service="hostile"`)
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// serve starts the registry with samples.
func (h *hostile) serve(t *testing.T) string {
	t.Helper()
	var err error
	if h.inner, err = newSampleRegistry(); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

func onPath(method, part string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method && strings.Contains(r.URL.Path, part) }
}

// TestNoSecrets searches the output of runs, those that succeed and those that fail in each
// way in which a registry, a helper or a file could bring secrets into it.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	password := map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(secretUser + ":" + secretPassword))}
	identity := map[string]string{"identitytoken": secretIdentity}
	for _, tc := range []struct {
		name string
		hub  *hostile
		auth map[string]string // in the file of credentials; nil means password
		args string            // HOST is the registry
		code int
		says string // in the output, if it fails as expected
		mild bool   // the registry has nothing to echo
	}{
		{name: "all is well", hub: &hostile{scheme: "basic"}, args: "--metadata-file FILE HOST/app:fat HOST/app:slim", says: "verified", mild: true},
		{name: "all is well, tokens", hub: &hostile{scheme: "bearer"}, args: "-v -o json --metadata-file FILE HOST/app:fat HOST/app:slim", says: "verified", mild: true},
		{name: "identity token", hub: &hostile{scheme: "bearer"}, auth: identity, args: "-v --log-format json HOST/app:fat HOST/app:slim", says: "verified", mild: true},
		{name: "documents", hub: &hostile{scheme: "bearer"}, args: "--sbom FILE --attach sbom,provenance,report HOST/app:fat HOST/app:slim", says: "verified", mild: true},
		{name: "plan", hub: &hostile{scheme: "bearer"}, args: "plan -v HOST/app:fat", says: "KEEP", mild: true},
		{name: "refused", hub: &hostile{scheme: "basic", status: 401, match: onPath("GET", "/manifests/fat")}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "access denied"},
		{name: "refused, JSON", hub: &hostile{scheme: "basic", status: 403, match: onPath("GET", "/manifests/fat")}, args: "-v --log-format json HOST/app:fat HOST/app:slim", code: 4, says: "access denied"},
		{name: "refused token", hub: &hostile{scheme: "bearer", status: 403, match: onPath("GET", "/manifests/fat")}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "access denied"},
		{name: "base refused", hub: &hostile{scheme: "bearer", status: 500, match: onPath("HEAD", "/library/")}, args: "-v --base HOST/library/python HOST/app:fat HOST/app:slim", says: "verified", mild: true},
		{name: "broken", hub: &hostile{scheme: "basic", status: 500, match: onPath("GET", "/blobs/")}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "UNKNOWN"},
		{name: "push refused", hub: &hostile{scheme: "basic", status: 500, match: onPath("POST", "/blobs/uploads/")}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "UNKNOWN"},
		{name: "push refused at the end", hub: &hostile{scheme: "bearer", status: 429, match: onPath("PUT", "/manifests/")}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "its rate limit is reached"},
		{name: "no token server", hub: &hostile{scheme: "bearer", status: 401, match: onPath("GET", "/token")}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "the credentials were refused"},
		{name: "identity token refused", hub: &hostile{scheme: "bearer", status: 400, match: onPath("POST", "/token")}, auth: identity, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "expired or was revoked"},
		{name: "no token", hub: &hostile{scheme: "bearer", token: func(w http.ResponseWriter) {
			fmt.Fprintf(w, `{"refresh_token":%q,"x":%q}`, secretIdentity, secretToken)
		}}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "returned no token"},
		{name: "token is no JSON", hub: &hostile{scheme: "bearer", token: func(w http.ResponseWriter) { fmt.Fprint(w, secretToken) }}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "returned no token"},
		{name: "signed redirect that fails", hub: &hostile{scheme: "bearer", status: 307, match: onPath("GET", "/blobs/"), to: "http://127.0.0.1:1/"}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "unreachable"},
		{name: "redirect with credentials", hub: &hostile{scheme: "basic", status: 307, match: onPath("GET", "/blobs/"), to: "http://127.0.0.1:1/", leak: true}, args: "-v HOST/app:fat HOST/app:slim", code: 4, says: "redirects to an address that contains credentials"},
		{name: "login", hub: &hostile{scheme: "basic", status: 401, match: onPath("GET", "/v2/")}, args: "login -u " + secretUser + " --password-stdin HOST", code: 4, says: "check the user"},
		{name: "login that works", hub: &hostile{scheme: "bearer"}, args: "login -u " + secretUser + " --authfile LOGIN --password-stdin HOST", says: "logged in", mild: true},
		{name: "user in a reference", hub: &hostile{scheme: "basic"}, args: "https://robot:hunter2@HOST/app:fat HOST/app:slim", code: 2, says: "slimify login", mild: true},
		{name: "user in a destination", hub: &hostile{scheme: "basic"}, args: "HOST/app:fat robot:hunter2@HOST/app:slim", code: 2, says: "slimify login", mild: true},
		{name: "user in a base", hub: &hostile{scheme: "basic"}, args: "--base docker://robot:hunter2@HOST/python HOST/app:fat HOST/app:slim", code: 2, says: "slimify login", mild: true},
		{name: "user in a mirror", hub: &hostile{scheme: "basic"}, args: "--registry-mirror docker.io=https://robot:hunter2@HOST HOST/app:fat HOST/app:slim", code: 2, says: "without scheme and credentials", mild: true},
		{name: "user in a tag", hub: &hostile{scheme: "basic"}, args: "--tag https://robot:hunter2@HOST/app HOST/app:fat HOST/app:slim", code: 2, says: "slimify login", mild: true},
		{name: "user in a registry", hub: &hostile{scheme: "basic"}, args: "login robot:hunter2@HOST", code: 2, says: "--username", mild: true},
		{name: "a file that is malformed", hub: &hostile{scheme: "basic"}, auth: map[string]string{"auth": "x"}, args: "HOST/app:fat HOST/app:slim", code: 4, says: "credentials of", mild: true},
		{name: "batch", hub: &hostile{scheme: "bearer", status: 403, match: onPath("GET", "/manifests/fat")}, args: "batch -v -o json LIST", code: 3, says: "access denied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			host := tc.hub.serve(t)
			dir := t.TempDir()
			if tc.auth == nil {
				tc.auth = password
			}
			config, _ := json.Marshal(map[string]any{"auths": map[string]any{host: tc.auth}})
			for name, content := range map[string]string{"auth.json": string(config), "list": host + "/app:fat " + host + "/app:slim\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := []string{
				"HOME=" + dir, "XDG_RUNTIME_DIR=" + filepath.Join(dir, "run"), "REGISTRY_AUTH_FILE=" + filepath.Join(dir, "auth.json"),
				"SLIMIFY_CACHE_DIR=" + filepath.Join(dir, "cache"), "SLIMIFY_BASE=" + host + "/library/python", "SLIMIFY_RETRY=0",
			}
			metadata := filepath.Join(dir, "written.spdx.json")
			args := strings.Fields(strings.NewReplacer("HOST", host, "FILE", metadata, "LIST", filepath.Join(dir, "list"), "LOGIN", filepath.Join(dir, "login.json")).Replace(tc.args))
			code, stdout, stderr := process(t, env, secretPassword, args...)
			printed := stdout + stderr
			if code != tc.code || !strings.Contains(printed, tc.says) {
				t.Errorf("exit status %d, want %d with %q:\n%s", code, tc.code, tc.says, printed)
			}
			if !tc.mild && !tc.hub.echoed.Load() {
				t.Error("the registry had nothing to send back: the case proves nothing")
			}
			if written, err := os.ReadFile(metadata); err == nil {
				printed += string(written)
			} else if strings.Contains(tc.args, "FILE") {
				t.Error(err)
			}
			noSecrets(t, printed)
			if pushed := tc.hub.pushed.String(); strings.Contains(tc.args, "--attach") {
				if !strings.Contains(pushed, "slsa.dev/provenance") {
					t.Error("no provenance was pushed: the case proves nothing")
				}
				noSecretIn(t, pushed)
			}
		})
	}
}

func noSecrets(t *testing.T, printed string) {
	t.Helper()
	noSecretIn(t, printed)
	if strings.Contains(printed, "\x1b") {
		t.Errorf("control characters in the output:\n%q", printed)
	}
}

func noSecretIn(t *testing.T, text string) {
	t.Helper()
	for _, s := range secretForms() {
		if strings.Contains(text, s) {
			t.Errorf("%q is in the output:\n%s", s, text)
		}
	}
}

// A helper that fails may have printed its secrets.
func TestNoSecretsOfHelper(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret, _ := json.Marshal(map[string]string{"Username": secretUser, "Secret": secretPassword})
	for name, content := range map[string]string{
		"auth.json":               `{"credsStore":"leaky"}`,
		"docker-credential-leaky": "#!/bin/sh\ncat <<'EOF'\n" + string(secret) + "\nEOF\nexit 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")}
	code, stdout, stderr := process(t, env, "", "--authfile", filepath.Join(dir, "auth.json"), "127.0.0.1:1/app:fat", "oci:"+dir+"/out")
	if code != exit.Registry || !strings.Contains(stderr, "credential helper docker-credential-leaky") || !strings.Contains(stderr, secretUser) {
		t.Errorf("exit status %d, want %d with the helper and its user:\n%s", code, exit.Registry, stderr)
	}
	noSecrets(t, stdout+stderr)
}
