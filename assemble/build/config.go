package build

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/internal/rawjson"
)

// mergeConfig makes the result's config: the JSON of the source, so that keys which Go's
// types do not know survive (StartInterval, StopTimeout), with the layers and the
// interpreter of the base. Labels are added to the source's.
func mergeConfig(fat, base *image.Image, added []Layer, labels map[string]string) ([]byte, error) {
	var config, runtime map[string]json.RawMessage
	err := json.Unmarshal(fat.RawConfig, &config)
	if raw := config["config"]; err == nil && raw != nil {
		err = json.Unmarshal(raw, &runtime)
	}
	if err != nil {
		return nil, &image.CorruptError{Object: fmt.Sprintf("config of %s", fat.Ref), Err: err}
	}
	if runtime == nil {
		runtime = make(map[string]json.RawMessage)
	}
	rootfs := v1.RootFS{Type: "layers", DiffIDs: slices.Clone(base.Config.RootFS.DiffIDs)}
	for _, l := range added {
		rootfs.DiffIDs = append(rootfs.DiffIDs, l.diffID)
	}
	history, err := mergeHistory(base, added, config["created"])
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		in    map[string]json.RawMessage
		key   string
		value any
	}{
		{runtime, "Env", mergeEnv(fat.Config.Config.Env, base.Config.Config.Env)},
		{runtime, "Labels", mergeLabels(fat.Config.Config.Labels, labels, rootfs.DiffIDs)},
		{config, "config", runtime},
		{config, "rootfs", rootfs},
		{config, "history", history},
	} {
		raw, err := rawjson.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		f.in[f.key] = raw
	}
	return rawjson.Marshal(config)
}

// mergeHistory returns the base's history with an entry for each added layer. created is
// the time of new layers, nil if the source has none.
func mergeHistory(base *image.Image, added []Layer, created json.RawMessage) ([]any, error) {
	history, err := rawHistory(base)
	if err != nil {
		return nil, err
	}
	for _, l := range added {
		if l.history != nil {
			history = append(history, l.history)
			continue
		}
		entry := map[string]any{"created_by": "slimify: " + l.Title, "comment": "slimify"}
		if created != nil {
			entry["created"] = created
		}
		history = append(history, entry)
	}
	return history, nil
}

// mergeLabels returns the source's labels with those of the result and the chain ID of
// its layers. Those of a result that the source was built on are left out.
func mergeLabels(fat, result map[string]string, diffIDs []v1.Hash) map[string]string {
	out := make(map[string]string)
	for k, v := range fat {
		if !strings.HasPrefix(k, label.Prefix) {
			out[k] = v
		}
	}
	maps.Copy(out, result)
	out[label.Chain] = label.ChainID(diffIDs)
	return out
}

// rawHistory is an image's history as it stands in its config.
func rawHistory(img *image.Image) ([]any, error) {
	var config struct {
		History []json.RawMessage `json:"history"`
	}
	if err := json.Unmarshal(img.RawConfig, &config); err != nil {
		return nil, &image.CorruptError{Object: fmt.Sprintf("config of %s", img.Ref), Err: err}
	}
	out := []any{}
	for _, h := range config.History {
		out = append(out, h)
	}
	return out, nil
}
