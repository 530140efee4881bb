package bench

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// place is where one run of a contestant works.
type place struct {
	dir      string // its own
	registry string // the registry's host:port, or the proxy's before it
	fat      string // repository:tag
	dst      string // repository:tag, fresh
	twostage string // the folder with the Dockerfile that a rebuild builds
}

// contestant is a way from FAT to its result.
type contestant struct {
	name string
	does string // for the document
	// throughProxy has the timed runs counted, of what is too slow to run once
	// more for that; the proxy costs it a second per GB at most.
	throughProxy bool
	script       string // of bash, with the variables of (place).variables
}

// contestants, by name. Their results are no image that one would want: the
// naive copies lose what slimify is there to keep.
var contestants = map[string]contestant{
	"rebuild": {
		name: "two-stage rebuild", throughProxy: true,
		does: "`buildah bud --no-cache` of a two-stage Dockerfile that copies site-packages and the application, and `buildah push`; an empty storage each time. Its time includes pip's downloads, its bytes do not.",
		script: `buildah bud --no-cache --format docker --isolation chroot --signature-policy "$policy" \
	--volume "$certificates:/usr/local/lib/python3.11/site-packages/pip/_vendor/certifi/cacert.pem:ro" --tag localhost/result "$twostage"
buildah push --signature-policy "$policy" --tls-verify=false localhost/result "docker://$registry/$dst"`,
	},
	"crane": {
		name: "crane pipe",
		does: "`crane export FAT | tar -x` of site-packages and the application, `tar -c`, `crane append` to the slim image. The image's configuration is lost.",
		script: `mkdir tree
crane export "$registry/$fat" - | tar -x -C tree --wildcards app 'usr/local/lib/python3.*/site-packages'
tar -c -C tree -f layer.tar .
crane append --base "$registry/library/python:3.11-slim" --new_layer layer.tar --new_tag "$registry/$dst"`,
	},
	"skopeo": {
		name:   "skopeo copy",
		does:   "`skopeo copy FAT dir:`: only downloads FAT, unchanged.",
		script: `skopeo --policy "$policy" copy --src-tls-verify=false "docker://$registry/$fat" dir:copy`,
	},
}

// run runs the contestant once, cold.
func (c contestant) run(p place, tools string) (Cost, error) {
	policy, err := settings(p.dir, p.registry)
	if err != nil {
		return Cost{}, err
	}
	// The machine's certificate authorities, as the lab mounts them into builds.
	certificates := os.Getenv("SLIMIFY_LAB_CA")
	if certificates == "" {
		certificates = "/etc/ssl/certs/ca-certificates.crt"
	}
	env := []string{
		"PATH=" + tools + ":" + os.Getenv("PATH"), "policy=" + policy, "certificates=" + certificates,
		"registry=" + p.registry, "fat=" + p.fat, "dst=" + p.dst, "twostage=" + p.twostage, "BUILDAH_ISOLATION=chroot",
		"CONTAINERS_STORAGE_CONF=" + filepath.Join(p.dir, "storage.conf"),
		"CONTAINERS_REGISTRIES_CONF=" + filepath.Join(p.dir, "registries.conf"),
	}
	return cold(p.dir, env, "bash", "-c", "set -euo pipefail; cd '"+p.dir+"'\n"+c.script)
}

// settings writes the configuration of buildah and skopeo: a storage of its own,
// short names that lead to the registry, and no signatures. It returns the
// file of the last.
func settings(dir, registry string) (policy string, err error) {
	driver := "overlay"
	if raw, err := os.ReadFile(filepath.Join(filepath.Dir(os.Getenv("CONTAINERS_STORAGE_CONF")), "driver")); err == nil {
		driver = strings.TrimSpace(string(raw))
	}
	insecure := "location = \"" + registry + "\"\ninsecure = true\n"
	policy = filepath.Join(dir, "policy.json")
	for name, text := range map[string]string{
		policy:                             `{"default": [{"type": "insecureAcceptAnything"}]}`,
		filepath.Join(dir, "storage.conf"): "[storage]\ndriver = \"" + driver + "\"\ngraphroot = \"" + dir + "/storage\"\nrunroot = \"" + dir + "/runroot\"\n",
		filepath.Join(dir, "registries.conf"): "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n" +
			"[[registry]]\nprefix = \"docker.io\"\n" + insecure + "[[registry]]\n" + insecure,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return policy, nil
}

// slim runs slimify once, cold but for what the flags lead to.
func slim(p place, flags ...string) (cost Cost, traffic Traffic, err error) {
	file := filepath.Join(p.dir, "report.json")
	argv := append([]string{lab.Program(), "--quiet", "--base", p.registry + "/library/python", "--metadata-file", file}, flags...)
	cost, err = cold(p.dir, nil, append(argv, p.registry+"/"+p.fat, p.registry+"/"+p.dst)...)
	if err != nil {
		return cost, traffic, err
	}
	var report struct {
		Network struct{ Requests, Downloaded, Uploaded int64 }
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return cost, traffic, err
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		return cost, traffic, err
	}
	n := report.Network
	return cost, Traffic{Requests: n.Requests, Down: n.Downloaded, Up: n.Uploaded}, nil
}

// caches reports whether this slimify has a cache to warm.
func caches() bool {
	out, err := exec.Command(lab.Program(), "slim", "--help").Output()
	return err == nil && strings.Contains(string(out), "--cache-dir")
}
