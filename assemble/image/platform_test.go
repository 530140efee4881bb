package image

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Reports and the names of files have a platform as --platform takes it, whatever the
// builder wrote into the config.
func TestPlatformName(t *testing.T) {
	t.Parallel()
	for want, configs := range map[string][]v1.ConfigFile{
		"linux/amd64":  {{Architecture: "amd64"}, {OS: "linux", Architecture: "amd64", Variant: "v1"}, {OS: "linux", Architecture: "amd64", OSVersion: "5.10"}},
		"linux/arm64":  {{OS: "linux", Architecture: "arm64", Variant: "v8"}, {OS: "linux", Architecture: "arm64"}},
		"linux/arm/v7": {{OS: "linux", Architecture: "arm"}, {OS: "linux", Architecture: "arm", Variant: "v7"}},
		"linux/arm/v5": {{OS: "linux", Architecture: "arm", Variant: "v5"}},
	} {
		for _, config := range configs {
			if got := (&Image{Config: &config}).PlatformName(); got != want {
				t.Errorf("%+v is %s, want %s", config, got, want)
			}
		}
	}
}
