package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// dockerHubKey is Docker Hub's key in Docker's files and helpers, which podman
// reads, too.
const dockerHubKey = authn.DefaultAuthKey

// dockerHubHosts are the names of Docker Hub that users and files use.
var dockerHubHosts = []string{"docker.io", name.DefaultRegistry, "registry-1.docker.io"}

// AuthFiles lists the files to search for credentials, in order, as in
// containers-auth.json(5): only authFile or the file in REGISTRY_AUTH_FILE if one
// is set, else podman's files and then Docker's. A nil getenv means os.Getenv.
func AuthFiles(authFile string, getenv func(string) string) []string {
	if getenv == nil {
		getenv = os.Getenv
	}
	if named := namedAuthFile(authFile, getenv); named != "" {
		return []string{named}
	}
	var files []string
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		files = append(files, filepath.Join(dir, "containers", "auth.json"))
	} else if runtime.GOOS == "linux" {
		files = append(files, filepath.Join("/run/containers", strconv.Itoa(os.Getuid()), "auth.json"))
	}
	config := getenv("XDG_CONFIG_HOME")
	if home := getenv("HOME"); config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	if config != "" {
		files = append(files, filepath.Join(config, "containers", "auth.json"))
	}
	if docker := dockerConfig(getenv); docker != "" {
		files = append(files, docker)
	}
	return files
}

// namedAuthFile is the file that the user named, or "".
func namedAuthFile(authFile string, getenv func(string) string) string {
	if authFile != "" {
		return authFile
	}
	return getenv("REGISTRY_AUTH_FILE")
}

// dockerConfig is Docker's file, "" without a home directory.
func dockerConfig(getenv func(string) string) string {
	if dir := getenv("DOCKER_CONFIG"); dir != "" {
		return filepath.Join(dir, "config.json")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".docker", "config.json")
	}
	return ""
}

// loadAuthFile reads a file of credentials. If it or a directory above it is missing,
// the error is fs.ErrNotExist.
func loadAuthFile(file string) (*configfile.ConfigFile, error) {
	f, err := os.Open(file)
	if err != nil {
		// A file in place of a directory means the same as a missing one.
		if info, serr := os.Stat(filepath.Dir(file)); serr != nil || !info.IsDir() {
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	config := configfile.New(file)
	if err := config.LoadFromReader(f); err != nil {
		return nil, explainJSON(err)
	}
	return config, nil
}

// explainJSON describes an error in a file of credentials.
func explainJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	return err
}

// authKeys are the keys that an image's credentials may have in a file.
type authKeys struct {
	paths  []string // host/namespace/repository, longest first, without the host alone
	hosts  []string // the host by all its names
	server string   // the server name for helpers
}

// lookupKeys follows containers-auth.json(5): the most specific key wins.
func lookupKeys(target authn.Resource) authKeys {
	host := target.RegistryStr()
	keys := hostKeys(host)
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

// hostKeys are the keys for a registry, by any of its names.
func hostKeys(host string) authKeys {
	if slices.Contains(dockerHubHosts, host) {
		return authKeys{hosts: append(slices.Clone(dockerHubHosts), dockerHubKey), server: dockerHubKey}
	}
	return authKeys{hosts: []string{host}, server: host}
}

// normalizeKey reduces Docker's older keys, URLs such as
// https://registry.example.com/v1/, to the host. Other keys are unchanged.
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
