package reference

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// auths is an auth file with one user per key.
func auths(users ...string) string {
	var entries []string
	for i := 0; i < len(users); i += 2 {
		entries = append(entries, fmt.Sprintf(`%q:{"username":%q,"password":"p"}`, users[i], users[i+1]))
	}
	return `{"auths":{` + strings.Join(entries, ",") + `}}`
}

func TestKeychain(t *testing.T) {
	bin := t.TempDir()
	helper := `#!/bin/sh
read -r server
case "$server" in
helped.example) echo '{"Username":"helped","Secret":"s"}' ;;
token.example) echo '{"Username":"<token>","Secret":"identity"}' ;;
https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"s"}' ;;
broken.example) echo 'the vault is locked'; exit 1 ;;
*) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-fake"), []byte(helper), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))

	const (
		runtime = "runtime/containers/auth.json"
		config  = "config/containers/auth.json"
		home    = ".config/containers/auth.json"
		docker  = ".docker/config.json"
	)
	helpers := func(host, name string) string { return fmt.Sprintf(`{"credHelpers":{%q:%q}}`, host, name) }
	for _, tc := range []struct {
		name  string
		files map[string]string
		env   map[string]string // values are below the temporary directory
		flag  string
		repo  string
		user  string // "" for none
		err   string
	}{
		{name: "nothing", repo: "r.example/app"},
		{name: "docker", files: map[string]string{docker: auths("r.example", "docker")}, repo: "r.example/app", user: "docker"},
		{name: "DOCKER_CONFIG", files: map[string]string{"d/config.json": auths("r.example", "dc"), docker: auths("r.example", "docker")}, env: map[string]string{"DOCKER_CONFIG": "d"}, repo: "r.example/app", user: "dc"},
		{name: "podman before docker", files: map[string]string{home: auths("r.example", "podman"), docker: auths("r.example", "docker")}, repo: "r.example/app", user: "podman"},
		{name: "runtime before config", files: map[string]string{runtime: auths("r.example", "runtime"), config: auths("r.example", "config")}, env: map[string]string{"XDG_RUNTIME_DIR": "runtime", "XDG_CONFIG_HOME": "config"}, repo: "r.example/app", user: "runtime"},
		{name: "REGISTRY_AUTH_FILE", files: map[string]string{"f": auths("r.example", "env"), runtime: auths("r.example", "runtime")}, env: map[string]string{"XDG_RUNTIME_DIR": "runtime", "REGISTRY_AUTH_FILE": "f"}, repo: "r.example/app", user: "env"},
		{name: "flag", files: map[string]string{"flag": auths("r.example", "flag"), "f": auths("r.example", "env")}, env: map[string]string{"REGISTRY_AUTH_FILE": "f"}, flag: "flag", repo: "r.example/app", user: "flag"},
		{name: "flag alone", files: map[string]string{"flag": auths("other.example", "flag"), docker: auths("r.example", "docker")}, flag: "flag", repo: "r.example/app"},
		{name: "REGISTRY_AUTH_FILE alone", files: map[string]string{"f": auths("other.example", "env"), docker: auths("r.example", "docker")}, env: map[string]string{"REGISTRY_AUTH_FILE": "f"}, repo: "r.example/app"},
		{name: "REGISTRY_AUTH_FILE that is missing", files: map[string]string{docker: auths("r.example", "docker")}, env: map[string]string{"REGISTRY_AUTH_FILE": "f"}, repo: "r.example/app", err: "/f"},
		{name: "next file where the first has none", files: map[string]string{runtime: auths("other.example", "x"), docker: auths("r.example", "docker")}, env: map[string]string{"XDG_RUNTIME_DIR": "runtime"}, repo: "r.example/app", user: "docker"},
		{name: "longest key", files: map[string]string{docker: auths("r.example", "host", "r.example/ns", "ns", "r.example/ns/app", "app")}, repo: "r.example/ns/app", user: "app"},
		{name: "namespace", files: map[string]string{docker: auths("r.example", "host", "r.example/ns", "ns")}, repo: "r.example/ns/app", user: "ns"},
		{name: "no partial segment", files: map[string]string{docker: auths("r.example/n", "n")}, repo: "r.example/ns/app"},
		{name: "port", files: map[string]string{docker: auths("r.example", "host", "r.example:5000", "port")}, repo: "r.example:5000/app", user: "port"},
		{name: "old key", files: map[string]string{docker: auths("https://r.example/v1/", "old")}, repo: "r.example/app", user: "old"},
		{name: "hub", files: map[string]string{docker: auths("https://index.docker.io/v1/", "hub")}, repo: "library/python", user: "hub"},
		{name: "hub by podman", files: map[string]string{home: auths("docker.io", "hub", "docker.io/me", "me")}, repo: "me/app", user: "me"},
		{name: "empty entry", files: map[string]string{docker: `{"auths":{"r.example":{}}}`}, repo: "r.example/app"},
		{name: "base64", files: map[string]string{docker: `{"auths":{"r.example":{"auth":"dTpw"}}}`}, repo: "r.example/app", user: "u"},
		{name: "helper", files: map[string]string{docker: helpers("helped.example", "fake")}, repo: "helped.example/app", user: "helped"},
		{name: "helper for hub", files: map[string]string{docker: helpers("docker.io", "fake")}, repo: "python", user: "hub"},
		{name: "store", files: map[string]string{docker: `{"credsStore":"fake","auths":{"helped.example":{}}}`}, repo: "helped.example/app", user: "helped"},
		{name: "store that knows nothing", files: map[string]string{docker: `{"credsStore":"fake","auths":{"r.example":{"username":"file","password":"p"}}}`}, repo: "r.example/app", user: "file"},
		{name: "identity token", files: map[string]string{docker: helpers("token.example", "fake")}, repo: "token.example/app", user: "identity"},
		{name: "helper that fails", files: map[string]string{docker: helpers("broken.example", "fake")}, repo: "broken.example/app", err: "the vault is locked"},
		{name: "helper that is missing", files: map[string]string{docker: helpers("r.example", "nowhere")}, repo: "r.example/app", err: "docker-credential-nowhere"},
		{name: "malformed", files: map[string]string{docker: `{`}, repo: "r.example/app", err: ".docker/config.json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for file, body := range tc.files {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := map[string]string{"HOME": dir}
			for key, value := range tc.env {
				env[key] = filepath.Join(dir, value)
			}
			if tc.flag != "" {
				tc.flag = filepath.Join(dir, tc.flag)
			}
			keys, err := newKeychain(tc.flag, func(key string) string { return env[key] }, new(secrets))
			if err != nil {
				t.Fatal(err)
			}
			repo, err := name.NewRepository(tc.repo)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second answer is remembered
				checkAuth(t, keys, repo, tc.user, tc.err)
			}
		})
	}
	if _, err := newKeychain(filepath.Join(bin, "none"), os.Getenv, new(secrets)); err == nil {
		t.Error("a missing --authfile passed")
	}
}

func checkAuth(t *testing.T, keys *keychain, repo name.Repository, user, message string) {
	t.Helper()
	auth, err := authn.Resolve(t.Context(), keys, repo)
	if message != "" {
		var typed *AuthError
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), message) {
			t.Errorf("got %v, want an *AuthError with %q", err, message)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := authn.Authorization(t.Context(), auth)
	if err != nil {
		t.Fatal(err)
	}
	if got.Username != user && got.IdentityToken != user || user == "" && auth != authn.Anonymous {
		t.Errorf("got %+v, want %q", got, user)
	}
}
