package reference_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble/reference"
)

// basicAuth lets user:secret pass and challenges everybody else.
func basicAuth(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "user" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// authFile is a Docker config with a password for host.
func authFile(t *testing.T, host, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "auth.json")
	body := fmt.Sprintf(`{"auths":{%q:{"username":"user","password":%q}}}`, host, password)
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAuth(t *testing.T) {
	t.Parallel()
	host := newServer(t, basicAuth(newRegistry()))
	ref := mustParse(t, host+"/app:1")
	img := randomImage(t)
	good := newSession(t, reference.Options{AuthFile: authFile(t, host, "secret")})
	if err := good.Writable(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, good, ref, img)
	mustOpen(t, good, ref)

	for name, tc := range map[string]struct {
		opts   reference.Options
		reason string
	}{
		"none":  {reference.Options{}, "does not exist or needs credentials"},
		"wrong": {reference.Options{AuthFile: authFile(t, host, "guess")}, "the credentials were refused"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := newSession(t, tc.opts)
			_, openErr := bad.Open(t.Context(), ref)
			_, writeErr := bad.Write(t.Context(), mustParse(t, host+"/other:1"), img)
			for op, err := range map[string]error{"Open": openErr, "Write": writeErr, "Writable": bad.Writable(t.Context(), ref)} {
				var auth *reference.AuthError
				if !errors.As(err, &auth) || auth.Registry != host {
					t.Errorf("%s = %v, want an *AuthError", op, err)
				} else if msg := err.Error(); !strings.Contains(msg, tc.reason) || !strings.Contains(msg, "slimify login "+host) {
					t.Errorf("%s: the message has no hint: %s", op, msg)
				}
			}
		})
	}
}

func TestNotFoundAndUnreachable(t *testing.T) {
	t.Parallel()
	host := newServer(t, newRegistry())
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	s := newSession(t, reference.Options{})
	dir := t.TempDir()
	mustWrite(t, s, mustParse(t, host+"/app:1"), randomImage(t))
	mustWrite(t, s, mustParse(t, "oci:"+dir+":1"), randomImage(t))
	for _, in := range []string{
		host + "/app:2", host + "/none:1", host + "/app@sha256:" + hex,
		"oci:" + dir + ":2", "oci:" + dir + "/none", "oci-archive:" + dir + "/none", "docker-archive:" + dir + "/none", "oci:" + dir + "@sha256:" + hex,
		"oci:" + dir + "/index.json/below", "oci-archive:" + dir + "/index.json/below",
	} {
		ref := mustParse(t, in)
		_, err := s.Open(t.Context(), ref)
		var missing *reference.NotFoundError
		if !errors.As(err, &missing) || missing.Ref != ref.String() {
			t.Errorf("Open(%s) = %v, want a *NotFoundError", in, err)
		}
	}
	ref := mustParse(t, nobody+"/app:1")
	var unreachable *reference.UnreachableError
	if _, err := s.Open(t.Context(), ref); !errors.As(err, &unreachable) || unreachable.Registry != nobody {
		t.Errorf("Open = %v, want an *UnreachableError", err)
	}
	if _, err := s.Write(t.Context(), ref, randomImage(t)); !errors.As(err, &unreachable) {
		t.Errorf("Write = %v, want an *UnreachableError", err)
	}
	if err := s.Writable(t.Context(), ref); !errors.As(err, &unreachable) {
		t.Errorf("Writable = %v, want an *UnreachableError", err)
	}
	if _, err := s.Open(canceledContext(), mustParse(t, host+"/app:1")); errors.As(err, &unreachable) || err == nil {
		t.Errorf("canceled: %v", err)
	}
}
