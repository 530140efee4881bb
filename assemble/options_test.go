package assemble

import (
	"reflect"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/extract/selection"
)

// Each option is either part of the key or changes no byte of a result. A new one
// must be put in one of the lists, or "nothing to do" would be said of an image
// that was made without it.
func TestSettings(t *testing.T) {
	t.Parallel()
	pattern, err := selection.ParsePattern("/x")
	if err != nil {
		t.Fatal(err)
	}
	changing := map[string]func(*RefOptions){
		"Platforms":      func(o *RefOptions) { o.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm64"}} },
		"Select.Keep":    func(o *RefOptions) { o.Select.Keep = []selection.Pattern{pattern} },
		"Select.Drop":    func(o *RefOptions) { o.Select.Drop = []selection.Pattern{pattern} },
		"Select.Minimal": func(o *RefOptions) { o.Select.Minimal = true },
		"Compression":    func(o *RefOptions) { o.Compression = compression.ZStd },
		"Select.Accept":  func(o *RefOptions) { o.Select.Accept = []string{"tool:git"} },
	}
	neutral := map[string]string{
		"Access":       "its fields are listed",
		"Choices":      "its fields are listed",
		"Session":      "how bytes travel",
		"Base":         "the result names it: baseChanged",
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
	var none RefOptions
	plain := label.KeyOf(none.Settings(none.Compression), nil)
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[RefOptions]()) {
		fields = append(fields, f.Name)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[selection.Options]()) {
		fields = append(fields, "Select."+f.Name)
	}
	for _, name := range fields {
		set := changing[name]
		if set == nil {
			if neutral[name] == "" {
				t.Errorf("option %s: does it change bytes of the result? add it to Settings and here", name)
			}
			continue
		}
		var opts RefOptions
		set(&opts)
		if label.KeyOf(opts.Settings(opts.Compression), nil) == plain {
			t.Errorf("option %s is not part of the key", name)
		}
	}
	if len(fields) != len(changing)+len(neutral) {
		t.Errorf("%d options, %d in the lists", len(fields), len(changing)+len(neutral))
	}
}
