package build

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
)

// imageOf makes an image of a config alone. Two letters stand for a digest.
func imageOf(t *testing.T, config string) *image.Image {
	t.Helper()
	config = long(config)
	parsed, err := v1.ParseConfigFile(strings.NewReader(config))
	if err != nil {
		t.Fatal(err)
	}
	return &image.Image{RawConfig: []byte(config), Config: parsed}
}

var short = regexp.MustCompile(`"sha256:([a-f])[a-f]"`)

func long(s string) string {
	return short.ReplaceAllStringFunc(s, func(m string) string { return `"sha256:` + strings.Repeat(m[8:9], 64) + `"` })
}

// What Go's types do not know must survive, or a container loses its health
// check's interval and its time to stop.
func TestMergeConfigKeepsUnknownKeys(t *testing.T) {
	t.Parallel()
	fat := imageOf(t, `{
		"architecture": "arm64", "os": "linux", "variant": "v8", "created": "2024-05-06T07:08:09Z", "author": "me", "moby.buildkit.x": {"a": [1]},
		"config": {
			"Healthcheck": {"Test": ["CMD", "true"], "StartInterval": 5000000000}, "StopTimeout": 30, "StopSignal": "SIGINT",
			"Shell": ["/bin/bash", "-c"], "OnBuild": ["RUN x"], "Volumes": {"/data": {}}, "User": "app", "Future": {"k": "<&>"},
			"Env": ["PATH=/x", "PYTHON_VERSION=3.9.2", "APP=1", "PYTHON_PIP_VERSION=23", "PYTHON_SHA256=f", "PYTHONPATH=/p"],
			"Labels": {"mine": "1"}
		},
		"rootfs": {"type": "layers", "diff_ids": ["sha256:aa", "sha256:bb"]},
		"history": [{"created_by": "fat"}]
	}`)
	base := imageOf(t, `{
		"architecture": "arm64", "os": "linux", "config": {"Env": ["PATH=/base", "PYTHON_VERSION=3.9.21", "PYTHON_SHA256=s", "GPG_KEY=g"], "Cmd": ["python3"]},
		"rootfs": {"type": "layers", "diff_ids": ["sha256:cc"]}, "history": [{"created_by": "base"}]
	}`)
	raw, err := mergeConfig(fat, base, []Layer{{diffID: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("d", 64)}, Title: "application files"}}, map[string]string{"new": "2"})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	labels := got["config"].(map[string]any)["Labels"].(map[string]any)
	if labels[label.Chain] == "" {
		t.Error("the chain ID is missing")
	}
	delete(labels, label.Chain)
	var want map[string]any
	if err := json.Unmarshal([]byte(long(`{
		"architecture": "arm64", "os": "linux", "variant": "v8", "created": "2024-05-06T07:08:09Z", "author": "me", "moby.buildkit.x": {"a": [1]},
		"config": {
			"Healthcheck": {"Test": ["CMD", "true"], "StartInterval": 5000000000}, "StopTimeout": 30, "StopSignal": "SIGINT",
			"Shell": ["/bin/bash", "-c"], "OnBuild": ["RUN x"], "Volumes": {"/data": {}}, "User": "app", "Future": {"k": "<&>"},
			"Env": ["PATH=/x", "PYTHON_VERSION=3.9.21", "APP=1", "PYTHON_SHA256=s", "PYTHONPATH=/p", "GPG_KEY=g"],
			"Labels": {"mine": "1", "new": "2"}
		},
		"rootfs": {"type": "layers", "diff_ids": ["sha256:cc", "sha256:dd"]},
		"history": [{"created_by": "base"}, {"created": "2024-05-06T07:08:09Z", "created_by": "slimify: application files", "comment": "slimify"}]
	}`)), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(raw), `"<&>"`) {
		t.Error("values were escaped for HTML")
	}
	if string(fat.RawConfig) == string(raw) || len(fat.Config.History) != 1 {
		t.Error("FAT's own config was changed")
	}
}
