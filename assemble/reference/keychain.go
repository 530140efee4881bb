package reference

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/github"
	"github.com/google/go-containerregistry/pkg/v1/google"
)

// ambient lists credentials from the environment, for when no file has any, each only
// for its own hosts: GITHUB_TOKEN for ghcr.io; for Google's registries application
// default credentials, a metadata server or gcloud.
func ambient() []authn.Keychain { return []authn.Keychain{github.Keychain, google.Keychain} }

// keychain finds credentials in the files of Docker and podman and through the
// helpers named in them. The first file with credentials for an image wins. It
// caches the results, since each call of a helper starts a process.
type keychain struct {
	files   []string
	named   bool // the user named the file, which must exist
	secrets *secrets

	mu    sync.Mutex
	known map[string]authn.Authenticator // by target
}

var (
	_ authn.Keychain        = (*keychain)(nil)
	_ authn.ContextKeychain = (*keychain)(nil)
)

func newKeychain(authFile string, getenv func(string) string, known *secrets) (*keychain, error) {
	if authFile != "" {
		if _, err := os.Stat(authFile); err != nil {
			return nil, fmt.Errorf("reading authentication file: %w; name a file that slimify login, podman login or docker login wrote", err)
		}
	}
	return &keychain{
		files:   AuthFiles(authFile, getenv),
		named:   namedAuthFile(authFile, getenv) != "",
		secrets: known,
		known:   map[string]authn.Authenticator{},
	}, nil
}

// Resolve implements authn.Keychain.
func (k *keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), target)
}

// ResolveContext returns authn.Anonymous if there are no credentials. An error is an
// *AuthError that names the file or the helper.
func (k *keychain) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if auth, ok := k.known[target.String()]; ok {
		return auth, nil
	}
	auth, err := k.find(ctx, target)
	if err != nil {
		return nil, err
	}
	k.known[target.String()] = auth
	return auth, nil
}

func (k *keychain) find(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
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
		k.secrets.add(found.Password, found.IdentityToken, found.RegistryToken)
		return authn.FromConfig(authn.AuthConfig{
			Username:      found.Username,
			Password:      found.Password,
			IdentityToken: found.IdentityToken,
			RegistryToken: found.RegistryToken,
		}), nil
	}
	for _, other := range ambient() {
		// Google's must outlive the request that comes first: it renews its
		// tokens itself.
		auth, err := authn.Resolve(context.WithoutCancel(ctx), other, target)
		if err != nil || auth != authn.Anonymous {
			return auth, err
		}
	}
	return authn.Anonymous, nil
}

// lookup returns a file's credentials for the first of keys, or nil.
func (k *keychain) lookup(file string, keys authKeys) (*types.AuthConfig, error) {
	config, err := loadAuthFile(file)
	if errors.Is(err, fs.ErrNotExist) && !k.named {
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
		found, err := helperOf(file, helper).get(keys.server)
		if err != nil || found != nil {
			return found, err
		}
	}
	if config.CredentialsStore != "" {
		found, err := helperOf(file, config.CredentialsStore).get(keys.server)
		if err != nil || found != nil {
			return found, err
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

func hasCredentials(a types.AuthConfig) bool {
	return a.Username != "" || a.Password != "" || a.IdentityToken != "" || a.RegistryToken != ""
}
