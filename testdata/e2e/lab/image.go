package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Config is what the tests read of an image's config.
type Config struct {
	Config struct {
		User        string
		Env         []string
		Entrypoint  []string
		Cmd         []string
		WorkingDir  string
		Healthcheck *struct{ Test []string }
	} `json:"config"`
}

// Env returns a variable of the image.
func (c Config) Env(name string) string {
	for _, v := range c.Config.Env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// Inspect reads an image's config from the registry.
func Inspect(t *testing.T, image string) (c Config) {
	t.Helper()
	raw := Tool(t, "skopeo", "inspect", "--raw", "--config", "--tls-verify=false", "docker://"+image)
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Size returns the bytes of an image's layers in the registry.
func Size(t *testing.T, image string) (size int64) {
	t.Helper()
	var manifest struct{ Layers []struct{ Size int64 } }
	raw := Tool(t, "skopeo", "inspect", "--raw", "--tls-verify=false", "docker://"+image)
	if err := json.Unmarshal([]byte(raw), &manifest); err != nil {
		t.Fatal(err)
	}
	for _, l := range manifest.Layers {
		size += l.Size
	}
	return size
}

// Mount pulls an image into a storage of the tests' own and mounts a fresh
// container of it, which lives until the test ends. It returns the root.
//
// podman only makes the container: running it would take control groups, and
// buildah would execute the image's ONBUILD.
func Mount(t *testing.T, image string) string {
	t.Helper()
	policy := "--signature-policy=" + filepath.Join(filepath.Dir(here.storage), "policy.json")
	Tool(t, "podman", "pull", "--quiet", "--tls-verify=false", policy, image)
	name := fmt.Sprintf("%s%d-%d", prefix, os.Getpid(), time.Now().UnixNano())
	Tool(t, "podman", "create", "--quiet", "--pull=never", "--no-healthcheck", "--name", name, image, "true")
	t.Cleanup(func() { _, _ = tool("podman", "rm", "--force", name) })
	return Tool(t, "podman", "mount", name)
}

// prefix begins the names of containers in the storage; the process follows.
const prefix = "slimify-"

// sweep removes from the storage what an earlier run that was killed left
// behind, and images whose tag has moved on.
func sweep() {
	names, _ := tool("podman", "ps", "--all", "--noheading", "--format", "{{.Names}}")
	for _, name := range strings.Fields(names) {
		process, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "-")
		if id, err := strconv.Atoi(process); err == nil && id != os.Getpid() {
			if _, err := os.Stat("/proc/" + process); err == nil {
				continue
			}
		}
		_, _ = tool("podman", "rm", "--force", name)
	}
	_, _ = tool("podman", "image", "prune", "--force")
}
