package reference_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/assemble/reference"
)

func TestParseHost(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"r.example": "r.example", "r.example:5000": "r.example:5000", "localhost:5000": "localhost:5000", "https://r.example/": "r.example",
		"https://r.example/v2/": "r.example", "docker.io": "docker.io", "index.docker.io": "docker.io", "registry-1.docker.io": "docker.io",
		"https://index.docker.io/v1/": "docker.io", "docker.io/": "docker.io",
	} {
		if got, err := reference.ParseHost(in); err != nil || got != want {
			t.Errorf("ParseHost(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"": "not a registry", "r.example/team": "give r.example alone", "docker.io/library/python": "give docker.io alone",
		"user:hunter2@r.example": "--username", "https://user:hunter2@r.example/v2/": "--username", "r.example:x": "not a registry", "a b": "not a registry",
	} {
		_, err := reference.ParseHost(in)
		var option *reference.OptionError
		if !errors.As(err, &option) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("ParseHost(%q): %v; want an *OptionError with %q", in, err, want)
		}
	}
}

// The file that is written by default is the one that every tool reads.
func TestAuthStorePath(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		flag string
		env  map[string]string
		want string
	}{
		{"", map[string]string{"HOME": "/home/me", "XDG_RUNTIME_DIR": "/run/user/1"}, "/home/me/.docker/config.json"},
		{"", map[string]string{"HOME": "/home/me", "DOCKER_CONFIG": "/d"}, "/d/config.json"},
		{"", map[string]string{"HOME": "/home/me", "REGISTRY_AUTH_FILE": "/f"}, "/f"},
		{"/flag", map[string]string{"HOME": "/home/me", "REGISTRY_AUTH_FILE": "/f"}, "/flag"},
	} {
		store, err := reference.NewAuthStore(tc.flag, func(key string) string { return tc.env[key] })
		if err != nil || store.Path() != tc.want {
			t.Errorf("%q, %v: %q, %v; want %q", tc.flag, tc.env, store.Path(), err, tc.want)
		}
	}
	var option *reference.OptionError
	if _, err := reference.NewAuthStore("", noEnv); !errors.As(err, &option) {
		t.Errorf("without a home: %v", err)
	}
}

// Login keeps unknown parts of the file: they belong to other programs.
func TestAuthStoreFile(t *testing.T) {
	t.Parallel()
	const before = `{"unknown": {"z": [1.50, "<&>"], "a": null}, "HttpHeaders": {"X": "y"}, "auths": {
		"other.example": {"auth": "bzpw", "email": "o@example.com", "new": 1e3},
		"index.docker.io": {"auth": "b2xkOm9sZA=="}, "docker.io": {"auth": "b2xkOm9sZA=="}, "docker.io/team": {"auth": "dGVhbTp4"}}}`
	auth := base64.StdEncoding.EncodeToString([]byte("me:pä:ss"))
	for _, tc := range []struct{ name, before, host, saved, deleted string }{
		{"new", "", "r.example:5000",
			`{"auths":{"r.example:5000":{"auth":"` + auth + `"}}}`, `{"auths":{}}`},
		{"empty", " \n", "r.example", `{"auths":{"r.example":{"auth":"` + auth + `"}}}`, `{"auths":{}}`},
		{"others stay", before, "docker.io",
			`{"HttpHeaders":{"X":"y"},"auths":{"docker.io/team":{"auth":"dGVhbTp4"},"https://index.docker.io/v1/":{"auth":"` + auth + `"},"other.example":{"auth":"bzpw","email":"o@example.com","new":1e3}},"unknown":{"z":[1.50,"<&>"],"a":null}}`,
			`{"HttpHeaders":{"X":"y"},"auths":{"docker.io/team":{"auth":"dGVhbTp4"},"other.example":{"auth":"bzpw","email":"o@example.com","new":1e3}},"unknown":{"z":[1.50,"<&>"],"a":null}}`},
		{"another's old key", `{"auths": {"https://r.example/v1/": {"auth": "b2xkOm9sZA==", "identitytoken": "old"}}}`, "r.example",
			`{"auths":{"r.example":{"auth":"` + auth + `"}}}`, `{"auths":{}}`},
		{"null", `{"auths": null}`, "r.example", `{"auths":{"r.example":{"auth":"` + auth + `"}}}`, `{"auths":{}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "new", "auth.json")
			if tc.before != "" {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(tc.before), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			// The file may be a link.
			link := filepath.Join(t.TempDir(), "link.json")
			if err := os.Symlink(file, link); err != nil {
				t.Fatal(err)
			}
			if tc.before == "" {
				link = file
			}
			store, err := reference.NewAuthStore(link, noEnv)
			if err != nil {
				t.Fatal(err)
			}
			if program, err := store.Save(t.Context(), tc.host, "me", "pä:ss"); err != nil || program != "" {
				t.Fatal(program, err)
			}
			checkFile(t, file, tc.saved)
			if has, err := store.Has(tc.host); err != nil || !has {
				t.Errorf("Has = %t, %v", has, err)
			}
			if found, err := store.Delete(t.Context(), tc.host); err != nil || !found {
				t.Errorf("Delete = %t, %v", found, err)
			}
			checkFile(t, file, tc.deleted)
			if found, err := store.Delete(t.Context(), tc.host); err != nil || found {
				t.Errorf("the second Delete = %t, %v", found, err)
			}
			if has, err := store.Has(tc.host); err != nil || has {
				t.Errorf("Has = %t, %v", has, err)
			}
			left, _ := os.ReadDir(filepath.Dir(file))
			if len(left) != 1 {
				t.Errorf("next to the file: %v", left)
			}
		})
	}
}

func checkFile(t *testing.T, file, want string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var compact strings.Builder
	for line := range strings.Lines(string(raw)) {
		compact.WriteString(strings.Replace(strings.TrimSpace(line), `": `, `":`, 1))
	}
	if diff := cmp.Diff(want, strings.ReplaceAll(compact.String(), `, "`, `,"`)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A file that cannot be read is neither overwritten nor shown.
func TestAuthStoreMalformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"auths": {"r.example": {"auth": "hunter2`, `{"auths": ["hunter2"]}`, `{"auths": 19450815}`, `["hunter2"]`} {
		file := filepath.Join(t.TempDir(), "auth.json")
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := reference.NewAuthStore(file, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		_, saved := store.Save(t.Context(), "r.example", "u", "p")
		_, deleted := store.Delete(t.Context(), "r.example")
		_, has := store.Has("r.example")
		_, hosts := store.Hosts()
		for what, err := range map[string]error{"Save": saved, "Delete": deleted, "Has": has, "Hosts": hosts} {
			if err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "19450815") {
				t.Errorf("%s of %s: %v", what, body, err)
			}
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != body {
			t.Errorf("%s became %s, %v", body, after, err)
		}
	}
}

// fakeHelper puts a credential helper that keeps its secrets in files onto PATH. It
// returns their directory.
func fakeHelper(t *testing.T, name string) string {
	t.Helper()
	bin, vault := t.TempDir(), t.TempDir()
	script := `#!/bin/sh
cd ` + vault + ` || exit 2
case "$1" in
store) cat >in; name=$(sed 's/.*"ServerURL":"\([^"]*\)".*/\1/' in | tr / _); mv in "$name" ;;
get) read -r server; name=$(printf %s "$server" | tr / _); [ -f "$name" ] || { echo 'credentials not found in native keychain'; exit 1; }; cat "$name" ;;
erase) read -r server; rm "$(printf %s "$server" | tr / _)" ;;
esac
`
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-"+name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return vault
}

// The helper in the file stores the password, and the file only notes that there is
// one, as with Docker.
func TestAuthStoreHelper(t *testing.T) {
	vault := fakeHelper(t, "vault")
	for _, tc := range []struct{ config, host, secret string }{
		{`"credsStore":"vault"`, "r.example", "r.example"},
		{`"credsStore":"absent","credHelpers":{"r.example":"vault"}`, "r.example", "r.example"},
		{`"credHelpers":{"docker.io":"vault"}`, "docker.io", "https:__index.docker.io_v1_"},
	} {
		file := filepath.Join(t.TempDir(), "config.json")
		old := fmt.Sprintf(`{%s,"auths":{"other.example":{},%q:{"auth":"b2xkOm9sZA=="}}}`, tc.config, tc.host)
		if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := reference.NewAuthStore(file, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		program, err := store.Save(t.Context(), tc.host, "me", "hunter2")
		if err != nil || program != "docker-credential-vault" {
			t.Fatalf("%s: %q, %v", tc.config, program, err)
		}
		var kept map[string]string
		if raw, err := os.ReadFile(filepath.Join(vault, tc.secret)); err != nil || json.Unmarshal(raw, &kept) != nil || kept["Secret"] != "hunter2" || kept["Username"] != "me" {
			t.Errorf("%s: the helper keeps %s, %v", tc.config, raw, err)
		}
		raw, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(raw), `"auth"`) {
			t.Errorf("%s: the file holds a password: %s, %v", tc.config, raw, err)
		}
		if has, err := store.Has(tc.host); err != nil || !has {
			t.Errorf("%s: Has = %t, %v", tc.config, has, err)
		}
		hosts, err := store.Hosts()
		if diff := cmp.Diff([]string{"other.example", tc.host}, hosts); err != nil || tc.host == "r.example" && diff != "" {
			t.Errorf("%s: %v, %v", tc.config, err, diff)
		}
		if found, err := store.Delete(t.Context(), tc.host); err != nil || !found {
			t.Errorf("%s: Delete = %t, %v", tc.config, found, err)
		}
		if left, _ := os.ReadDir(vault); len(left) > 0 {
			t.Errorf("%s: the helper still keeps %v", tc.config, left)
		}
		if found, err := store.Delete(t.Context(), tc.host); err != nil || found {
			t.Errorf("%s: the second Delete = %t, %v", tc.config, found, err)
		}
	}
}

func TestAuthStoreHelperMissing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.json")
	const body = `{"credsStore":"absent"}`
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := reference.NewAuthStore(file, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Save(t.Context(), "r.example", "me", "hunter2")
	var helper *reference.HelperError
	if !errors.As(err, &helper) || !helper.Missing || helper.Program != "docker-credential-absent" || helper.File != file {
		t.Errorf("Save = %v, want a *HelperError", err)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != body {
		t.Errorf("the file became %s, %v", after, err)
	}
}
