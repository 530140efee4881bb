package reference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// dockerHubKey is the key of Docker Hub in Docker's files and helpers.
const dockerHubKey = authn.DefaultAuthKey

// AuthFiles lists where credentials are looked for, first to last: authFile if
// given, then podman's order of containers-auth.json(5), Docker's own file last. A
// nil getenv means os.Getenv.
func AuthFiles(authFile string, getenv func(string) string) []string {
	if getenv == nil {
		getenv = os.Getenv
	}
	home := getenv("HOME")
	var files []string
	add := func(dir string, elem ...string) {
		if dir != "" {
			files = append(files, filepath.Join(append([]string{dir}, elem...)...))
		}
	}
	add(authFile)
	add(getenv("REGISTRY_AUTH_FILE"))
	add(getenv("XDG_RUNTIME_DIR"), "containers", "auth.json")
	if config := getenv("XDG_CONFIG_HOME"); config != "" {
		add(config, "containers", "auth.json")
	} else {
		add(home, ".config", "containers", "auth.json")
	}
	if config := getenv("DOCKER_CONFIG"); config != "" {
		add(config, "config.json")
	} else {
		add(home, ".docker", "config.json")
	}
	return files
}

// keychain finds credentials in the files that Docker and podman write and through
// the helpers that those files name. The first file that has credentials for an
// image wins. Answers are remembered: a helper is a process each time.
type keychain struct {
	files    []string
	required string // this one must exist

	mu    sync.Mutex
	known map[string]authn.Authenticator // by target
}

var (
	_ authn.Keychain        = (*keychain)(nil)
	_ authn.ContextKeychain = (*keychain)(nil)
)

func newKeychain(authFile string, getenv func(string) string) (*keychain, error) {
	if authFile != "" {
		if _, err := os.Stat(authFile); err != nil {
			return nil, fmt.Errorf("reading authentication file: %w; name a file that slimify login, podman login or docker login wrote", err)
		}
	}
	return &keychain{
		files:    AuthFiles(authFile, getenv),
		required: authFile,
		known:    map[string]authn.Authenticator{},
	}, nil
}

// Resolve implements authn.Keychain.
func (k *keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), target)
}

// ResolveContext returns authn.Anonymous where no file has credentials. An error is
// an *AuthError that names the file or the helper.
func (k *keychain) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if auth, ok := k.known[target.String()]; ok {
		return auth, nil
	}
	keys := lookupKeys(target)
	for _, file := range k.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		found, err := k.lookup(file, keys)
		if err != nil {
			return nil, &AuthError{Registry: displayHost(target.RegistryStr()), Cause: err}
		}
		if found == nil {
			continue
		}
		auth := authn.FromConfig(authn.AuthConfig{
			Username:      found.Username,
			Password:      found.Password,
			IdentityToken: found.IdentityToken,
			RegistryToken: found.RegistryToken,
		})
		k.known[target.String()] = auth
		return auth, nil
	}
	k.known[target.String()] = authn.Anonymous
	return authn.Anonymous, nil
}

// lookup returns the credentials that file has under the first of keys, or nil.
func (k *keychain) lookup(file string, keys authKeys) (*types.AuthConfig, error) {
	config, err := loadAuthFile(file)
	if errors.Is(err, fs.ErrNotExist) && file != k.required {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", file, err)
	}
	for _, host := range keys.hosts {
		helper, ok := config.CredentialHelpers[host]
		if !ok {
			continue
		}
		found, err := askHelper(config, helper, keys.server)
		if err != nil || found != nil {
			return found, wrapFile(file, err)
		}
	}
	if config.CredentialsStore != "" {
		found, err := askHelper(config, config.CredentialsStore, keys.server)
		if err != nil || found != nil {
			return found, wrapFile(file, err)
		}
	}
	auths := make(map[string]types.AuthConfig, len(config.AuthConfigs))
	for _, key := range slices.Sorted(maps.Keys(config.AuthConfigs)) {
		auth, plain := config.AuthConfigs[key], normalizeKey(key)
		if _, taken := auths[plain]; hasCredentials(auth) && (!taken || key == plain) {
			auths[plain] = auth
		}
	}
	for _, key := range append(keys.paths, keys.hosts...) {
		if auth, ok := auths[normalizeKey(key)]; ok {
			return &auth, nil
		}
	}
	return nil, nil
}

func wrapFile(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w, as %q asks for", err, file)
}

func loadAuthFile(file string) (*configfile.ConfigFile, error) {
	f, err := os.Open(file)
	if err != nil {
		// A component that is a file means the same as a missing directory.
		if info, serr := os.Stat(filepath.Dir(file)); serr != nil || !info.IsDir() {
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	config := configfile.New(file)
	if err := config.LoadFromReader(f); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("it is not JSON: %w", err)
		}
		return nil, err
	}
	return config, nil
}

// askHelper runs docker-credential-HELPER. It returns nil where the helper knows
// nothing of server.
func askHelper(config *configfile.ConfigFile, helper, server string) (*types.AuthConfig, error) {
	program := "docker-credential-" + helper
	if _, err := exec.LookPath(program); err != nil {
		return nil, fmt.Errorf("credential helper %s: %w; install it", program, err)
	}
	found, err := credentials.NewNativeStore(config, helper).Get(server)
	if err != nil {
		return nil, fmt.Errorf("credential helper %s: %w", program, err)
	}
	if !hasCredentials(found) {
		return nil, nil
	}
	return &found, nil
}

func hasCredentials(a types.AuthConfig) bool {
	return a.Username != "" || a.Password != "" || a.IdentityToken != "" || a.RegistryToken != ""
}

// authKeys are the keys under which an image's credentials may stand.
type authKeys struct {
	paths  []string // host/namespace/repository, longest first, without the host alone
	hosts  []string // the host by all its names
	server string   // how a helper is asked
}

// lookupKeys follows containers-auth.json(5): the most specific key wins.
func lookupKeys(target authn.Resource) authKeys {
	host := target.RegistryStr()
	keys := authKeys{hosts: []string{host}, server: host}
	if host == name.DefaultRegistry {
		keys.hosts = []string{"docker.io", name.DefaultRegistry, dockerHubKey}
		keys.server = dockerHubKey
	}
	path := strings.TrimPrefix(strings.TrimPrefix(target.String(), host), "/")
	for path != "" {
		keys.paths = append(keys.paths, displayHost(host)+"/"+path)
		if host != displayHost(host) {
			keys.paths = append(keys.paths, host+"/"+path)
		}
		i := strings.LastIndexByte(path, '/')
		path = path[:max(i, 0)]
	}
	return keys
}

// normalizeKey makes Docker's older keys, which are URLs such as
// https://registry.example.com/v1/, the host alone. Others are as they stand.
func normalizeKey(key string) string {
	rest, found := strings.CutPrefix(key, "https://")
	if !found {
		rest, found = strings.CutPrefix(key, "http://")
	}
	if !found {
		return strings.TrimSuffix(key, "/")
	}
	host, _, _ := strings.Cut(rest, "/")
	return host
}
