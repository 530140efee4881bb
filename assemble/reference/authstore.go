package reference

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/name"
)

// AuthStore is the file in which logins are stored, with the helpers that it names.
// Everything else in the file stays unchanged.
type AuthStore struct{ path string }

// NewAuthStore returns the store for authFile, else for the file in
// REGISTRY_AUTH_FILE, else for Docker's file, the only one that docker, podman, skopeo
// and crane all read. A nil getenv means os.Getenv; without a home directory the error
// is an *OptionError.
func NewAuthStore(authFile string, getenv func(string) string) (AuthStore, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	path := namedAuthFile(authFile, getenv)
	if path == "" {
		path = dockerConfig(getenv)
	}
	if path == "" {
		return AuthStore{}, &OptionError{errors.New("no home directory to store credentials in; name a file with --authfile")}
	}
	return AuthStore{path}, nil
}

// Path is the file's path.
func (a AuthStore) Path() string { return a.path }

// ParseHost parses the name of a registry for a login: HOST, HOST:PORT, or as in
// Docker's files, https://HOST/v1/. It returns the name for users: docker.io for Docker
// Hub. An error is an *OptionError.
func ParseHost(s string) (string, error) {
	_, rest, schemed := strings.Cut(s, "://")
	if !schemed {
		rest = s
	}
	if strings.Contains(rest, "@") {
		return "", &OptionError{fmt.Errorf("registry %q: give the user with --username, and the password on standard input", withoutUser(s))}
	}
	host, path, _ := strings.Cut(rest, "/")
	if path = strings.Trim(path, "/"); path != "" && (!schemed || path != "v1" && path != "v2") {
		return "", &OptionError{fmt.Errorf("registry %q: credentials are kept by registry; give %s alone", s, host)}
	}
	if slices.Contains(dockerHubHosts, host) {
		return displayHost(name.DefaultRegistry), nil
	}
	registry, err := name.NewRegistry(host, name.StrictValidation)
	if err != nil {
		return "", &OptionError{fmt.Errorf("%q is not a registry: %w; write HOST or HOST:PORT", s, err)}
	}
	return registry.RegistryStr(), nil
}

// Save stores a user and a password for a registry: in the helper that the file
// names for it, else in the file, which it creates if needed. It returns the
// helper's program, or "".
//
// Errors are an *AuthError (the file cannot be read, the helper failed), an
// *OutputError, or ctx's.
func (a AuthStore) Save(ctx context.Context, host, user, password string) (program string, err error) {
	keys := hostKeys(host)
	entry := json.RawMessage("{}")
	err = a.edit(ctx, host, func(doc *authDocument) (changed bool, err error) {
		if helper, ok := doc.helper(keys); ok {
			program = helper.program
			err = helper.store(keys.server, user, password)
		} else {
			entry, err = json.Marshal(map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(user + ":" + password))})
		}
		doc.remove(keys)
		doc.auths[keys.server] = entry
		return true, err
	})
	return program, err
}

// Has reports whether the store has credentials for a registry. Errors are those of Save.
func (a AuthStore) Has(host string) (bool, error) {
	found, err := (&keychain{}).lookup(a.path, hostKeys(host))
	if err != nil {
		return false, &AuthError{Registry: host, Cause: err}
	}
	return found != nil, nil
}

// Delete removes the credentials for a registry, and reports whether there were
// any. Errors are those of Save.
func (a AuthStore) Delete(ctx context.Context, host string) (found bool, err error) {
	if _, err := os.Stat(a.path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	keys := hostKeys(host)
	err = a.edit(ctx, host, func(doc *authDocument) (changed bool, err error) {
		if helper, ok := doc.helper(keys); ok {
			if found, err = helper.erase(keys.server); err != nil {
				return false, err
			}
		}
		changed = doc.remove(keys)
		found = found || changed
		return changed, nil
	})
	return found, err
}

// Hosts lists the registries, and podman's namespaces, for which the file has
// credentials or names a helper.
func (a AuthStore) Hosts() ([]string, error) {
	config, err := loadAuthFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &OptionError{fmt.Errorf("reading %q: %w", a.path, err)}
	}
	hosts := make(map[string]bool)
	for key := range config.AuthConfigs {
		hosts[displayName(normalizeKey(key))] = true
	}
	for key := range config.CredentialHelpers {
		hosts[displayName(normalizeKey(key))] = true
	}
	return slices.Sorted(maps.Keys(hosts)), nil
}

// displayName is displayHost for names in files.
func displayName(host string) string {
	if slices.Contains(dockerHubHosts, host) {
		return displayHost(name.DefaultRegistry)
	}
	return host
}

// authDocument is the file's content, of which only the changed parts are
// decoded.
type authDocument struct {
	file  string
	all   map[string]json.RawMessage
	auths map[string]json.RawMessage

	CredsStore  string            `json:"credsStore"`
	CredHelpers map[string]string `json:"credHelpers"`
}

// helper returns the helper for a registry, if the file names one.
func (d *authDocument) helper(keys authKeys) (helper, bool) {
	for _, host := range keys.hosts {
		if program, ok := d.CredHelpers[host]; ok {
			return helperOf(d.file, program), true
		}
	}
	return helperOf(d.file, d.CredsStore), d.CredsStore != ""
}

// remove removes the entries for a registry under all its names.
func (d *authDocument) remove(keys authKeys) bool {
	found := false
	for key := range d.auths {
		if slices.Contains(keys.hosts, normalizeKey(key)) {
			delete(d.auths, key)
			found = true
		}
	}
	return found
}

// edit changes the file's entry for host, atomically. The file gets mode 0600, whatever
// it had before.
func (a AuthStore) edit(ctx context.Context, host string, change func(*authDocument) (changed bool, err error)) error {
	dir := filepath.Dir(a.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &OutputError{Path: a.path, Cause: err}
	}
	unlock, err := lockDir(ctx, dir)
	if err != nil {
		return &OutputError{Path: a.path, Cause: err}
	}
	defer func() { _ = unlock() }() // it ends with the process
	doc, err := readAuthDocument(a.path)
	if err != nil {
		return &AuthError{Registry: host, Cause: err}
	}
	changed, err := change(doc)
	if err != nil {
		return &AuthError{Registry: host, Cause: err}
	}
	if !changed {
		return nil
	}
	raw, err := doc.encode()
	if err != nil {
		return &AuthError{Registry: host, Cause: err}
	}
	return replaceFileMode(a.path, 0o600, func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}

// readAuthDocument reads the file; a missing or empty one is an empty document.
func readAuthDocument(file string) (*authDocument, error) {
	doc := &authDocument{file: file, all: make(map[string]json.RawMessage), auths: make(map[string]json.RawMessage)}
	raw, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(bytes.TrimFunc(raw, unicode.IsSpace)) == 0 {
		return doc, nil
	}
	for _, into := range []any{&doc.all, doc} {
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("reading %q: %w", file, explainJSON(err))
		}
	}
	if auths, ok := doc.all["auths"]; ok {
		if err := json.Unmarshal(auths, &doc.auths); err != nil {
			return nil, fmt.Errorf("reading auths of %q: %w", file, explainJSON(err))
		}
	}
	if doc.auths == nil { // "auths": null
		doc.auths = make(map[string]json.RawMessage)
	}
	return doc, nil
}

// encode encodes the document as Docker does.
func (d *authDocument) encode() ([]byte, error) {
	auths, err := json.Marshal(d.auths)
	if err != nil {
		return nil, err
	}
	d.all["auths"] = auths
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(d.all); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
