package assemble

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Labels that a result carries in its config, and as annotations where its
// manifest's type has them. The base's are those of the OCI image
// specification's pre-defined annotation keys.
const (
	labelPrefix     = "io.github.slimify."
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
	labelSource     = "io.github.slimify.source.digest"
	// labelChain is the chain ID of the result's layers: a child image built on
	// it inherits the label but not the layers.
	labelChain = "io.github.slimify.chain-id"
)

// baseEnv matches the variables that tell of the interpreter's build, which are
// the base's and not FAT's.
var baseEnv = regexp.MustCompile(`^(PYTHON_VERSION|PYTHON_SHA256|PYTHON_.*PIP.*|PYTHON_SETUPTOOLS_VERSION|GPG_KEY)$`)

// mergeEnv returns FAT's environment with the variables of the interpreter's
// build as the base has them, in their places; those that only the base has
// follow.
func mergeEnv(fat, base []string) []string {
	value := make(map[string]string)
	for _, kv := range base {
		k, _, _ := strings.Cut(kv, "=")
		if baseEnv.MatchString(k) {
			value[k] = kv
		}
	}
	out := []string{}
	for _, kv := range fat {
		k, _, _ := strings.Cut(kv, "=")
		if !baseEnv.MatchString(k) {
			out = append(out, kv)
			continue
		}
		if v, ok := value[k]; ok {
			out = append(out, v)
			delete(value, k)
		}
	}
	for _, kv := range base {
		k, _, _ := strings.Cut(kv, "=")
		if _, ok := value[k]; ok {
			out = append(out, kv)
		}
	}
	return out
}

// mergeConfig makes the result's config: FAT's JSON, so that keys which Go's
// types do not know survive (StartInterval, StopTimeout), with the layers and
// the interpreter of the base. Labels are added to FAT's.
func mergeConfig(fat, base *image, added []addition, labels map[string]string) ([]byte, error) {
	var config map[string]json.RawMessage
	if err := json.Unmarshal(fat.rawConfig, &config); err != nil {
		return nil, &CorruptError{fmt.Sprintf("config of %s", fat.ref), err}
	}
	var runtime map[string]json.RawMessage
	if raw := config["config"]; raw != nil {
		if err := json.Unmarshal(raw, &runtime); err != nil {
			return nil, &CorruptError{fmt.Sprintf("config of %s", fat.ref), err}
		}
	}
	if runtime == nil {
		runtime = make(map[string]json.RawMessage)
	}

	rootfs := v1.RootFS{Type: "layers", DiffIDs: slices.Clone(base.config.RootFS.DiffIDs)}
	history, err := rawHistory(base)
	if err != nil {
		return nil, err
	}
	for _, l := range added {
		rootfs.DiffIDs = append(rootfs.DiffIDs, l.diffID)
		if l.history != nil {
			history = append(history, l.history)
			continue
		}
		entry := map[string]any{"created_by": "slimify: " + l.title, "comment": "slimify"}
		if created := config["created"]; created != nil {
			entry["created"] = created
		}
		history = append(history, entry)
	}
	all := make(map[string]string)
	for k, v := range fat.config.Config.Labels {
		if !strings.HasPrefix(k, labelPrefix) { // of a result below FAT
			all[k] = v
		}
	}
	for k, v := range labels {
		all[k] = v
	}
	all[labelChain] = chainID(rootfs.DiffIDs)

	for _, f := range []struct {
		in    map[string]json.RawMessage
		key   string
		value any
	}{
		{runtime, "Env", mergeEnv(fat.config.Config.Env, base.config.Config.Env)},
		{runtime, "Labels", all},
		{config, "config", runtime},
		{config, "rootfs", rootfs},
		{config, "history", history},
	} {
		raw, err := marshal(f.value)
		if err != nil {
			return nil, err
		}
		f.in[f.key] = raw
	}
	return marshal(config)
}

// rawHistory is an image's history as it stands in its config.
func rawHistory(img *image) ([]any, error) {
	var config struct {
		History []json.RawMessage `json:"history"`
	}
	if err := json.Unmarshal(img.rawConfig, &config); err != nil {
		return nil, &CorruptError{fmt.Sprintf("config of %s", img.ref), err}
	}
	out := []any{}
	for _, h := range config.History {
		out = append(out, h)
	}
	return out, nil
}

// marshal encodes without escaping for HTML, as other tools write configs. Keys
// of maps come out sorted, so that the bytes depend on the content only.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding config: %w", err)
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// chainID identifies a stack of layers (OCI image specification, config.md,
// "Layer ChainID").
func chainID(diffIDs []v1.Hash) string {
	chain := ""
	for i, d := range diffIDs {
		if i == 0 {
			chain = d.String()
			continue
		}
		h, _, _ := v1.SHA256(strings.NewReader(chain + " " + d.String()))
		chain = h.String()
	}
	return chain
}

// isSlim reports whether an image is a result of slimify.
func isSlim(img *image) bool {
	chain := img.config.Config.Labels[labelChain]
	return chain != "" && chain == chainID(img.config.RootFS.DiffIDs)
}
