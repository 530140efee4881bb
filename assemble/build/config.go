package build

import (
	"encoding/json"
	"fmt"
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
	var config map[string]json.RawMessage
	if err := json.Unmarshal(fat.RawConfig, &config); err != nil {
		return nil, &image.CorruptError{Object: fmt.Sprintf("config of %s", fat.Ref), Err: err}
	}
	var runtime map[string]json.RawMessage
	if raw := config["config"]; raw != nil {
		if err := json.Unmarshal(raw, &runtime); err != nil {
			return nil, &image.CorruptError{Object: fmt.Sprintf("config of %s", fat.Ref), Err: err}
		}
	}
	if runtime == nil {
		runtime = make(map[string]json.RawMessage)
	}

	rootfs := v1.RootFS{Type: "layers", DiffIDs: slices.Clone(base.Config.RootFS.DiffIDs)}
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
		entry := map[string]any{"created_by": "slimify: " + l.Title, "comment": "slimify"}
		if created := config["created"]; created != nil {
			entry["created"] = created
		}
		history = append(history, entry)
	}
	all := make(map[string]string)
	for k, v := range fat.Config.Config.Labels {
		if !strings.HasPrefix(k, label.Prefix) { // of a result that the source was built on
			all[k] = v
		}
	}
	for k, v := range labels {
		all[k] = v
	}
	all[label.Chain] = label.ChainID(rootfs.DiffIDs)

	for _, f := range []struct {
		in    map[string]json.RawMessage
		key   string
		value any
	}{
		{runtime, "Env", mergeEnv(fat.Config.Config.Env, base.Config.Config.Env)},
		{runtime, "Labels", all},
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
