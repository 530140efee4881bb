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

// dockerHubKey is the key of Docker Hub in Docker's files and helpers, which podman
// reads too.
const dockerHubKey = authn.DefaultAuthKey

// dockerHubHosts are the names of Docker Hub that users and files have for it.
var dockerHubHosts = []string{"docker.io", name.DefaultRegistry, "registry-1.docker.io"}

// AuthFiles lists where credentials are looked for, first to last, as
// containers-auth.json(5) says: authFile or the one that REGISTRY_AUTH_FILE names,
// and then nowhere else; or podman's own files, and Docker's last. A nil getenv
// means os.Getenv.
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

// dockerConfig is Docker's own file, "" where there is no home.
func dockerConfig(getenv func(string) string) string {
	if dir := getenv("DOCKER_CONFIG"); dir != "" {
		return filepath.Join(dir, "config.json")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".docker", "config.json")
	}
	return ""
}

// loadAuthFile reads a file of credentials. Where it is missing, or a directory above
// it, the error is fs.ErrNotExist.
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
		return nil, explainJSON(err)
	}
	return config, nil
}

// explainJSON tells what is wrong with a file of credentials.
func explainJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	return err
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

// hostKeys are the keys of a registry itself, by any of its names.
func hostKeys(host string) authKeys {
	if slices.Contains(dockerHubHosts, host) {
		return authKeys{hosts: append(slices.Clone(dockerHubHosts), dockerHubKey), server: dockerHubKey}
	}
	return authKeys{hosts: []string{host}, server: host}
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
