package assemble

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
)

// Each option is either part of the key or changes no byte of a result. A new one
// must be put in one of the lists, or "nothing to do" would be said of an image
// that was made without it.
func TestSettings(t *testing.T) {
	pattern, err := extract.ParsePattern("/x")
	if err != nil {
		t.Fatal(err)
	}
	changing := map[string]func(*Options){
		"Platforms":      func(o *Options) { o.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm64"}} },
		"Select.Keep":    func(o *Options) { o.Select.Keep = []extract.Pattern{pattern} },
		"Select.Drop":    func(o *Options) { o.Select.Drop = []extract.Pattern{pattern} },
		"Select.Minimal": func(o *Options) { o.Select.Minimal = true },
		"Compression":    func(o *Options) { o.Compression = compression.ZStd },
		"Select.Accept":  func(o *Options) { o.Select.Accept = []string{"tool:git"} },
	}
	neutral := map[string]string{
		"Session":      "how bytes travel",
		"Base":         "the result names it: sameBase",
		"FatBase":      "asked only where history is silent: then there is no record",
		"Select":       "its fields are listed",
		"Strict":       "the record has what is undecided",
		"Gates":        "held to the manifests' sizes, without the work too",
		"Tags":         "destinations",
		"Documents":    "made of the result",
		"Attach":       "refer to the result",
		"DryRun":       "writes nothing",
		"CopyIfLarger": "a copy has no record",
		"Freeze":       "a file beside the result",
		"CacheDir":     "the result is the same",
		"Jobs":         "parallelism",
		"Details":      "the result is the same",
		"Picture":      "the result is the same",
		"Eager":        "the result is the same",
		"Log":          "speech",
	}
	var none Options
	plain, err := none.settings()
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Options]()) {
		fields = append(fields, f.Name)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[extract.Options]()) {
		fields = append(fields, "Select."+f.Name)
	}
	for _, name := range fields {
		set := changing[name]
		if set == nil {
			if neutral[name] == "" {
				t.Errorf("option %s: does it change bytes of the result? add it to settings and here", name)
			}
			continue
		}
		var opts Options
		set(&opts)
		got, err := opts.settings()
		if err != nil || bytes.Equal(got, plain) {
			t.Errorf("option %s is no part of the key: %s, %v", name, got, err)
		}
	}
	if len(fields) != len(changing)+len(neutral) {
		t.Errorf("%d options, %d in the lists", len(fields), len(changing)+len(neutral))
	}
}
