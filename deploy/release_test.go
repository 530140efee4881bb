package deploy

import (
	"strings"
	"testing"
	"text/template"
)

// Archives of a release have the names that the action downloads, and the
// image's program is built with the same flags.
func TestRelease(t *testing.T) {
	t.Parallel()
	config := readYAML[struct {
		Builds []struct {
			Flags, Ldflags []string
		}
		Archives []struct {
			NameTemplate string `yaml:"name_template"`
			Formats      []string
		}
		Checksum struct {
			NameTemplate string `yaml:"name_template"`
		}
	}](t, readFile(t, "../.goreleaser.yaml"))[0]
	name, err := template.New("").Parse(config.Archives[0].NameTemplate)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := name.Execute(&got, map[string]string{"ProjectName": "slimify", "Version": "1.2.3", "Os": "linux", "Arch": "amd64"}); err != nil {
		t.Fatal(err)
	}
	got.WriteString("." + config.Archives[0].Formats[0])
	if got.String() != archive || config.Checksum.NameTemplate != "checksums.txt" {
		t.Errorf("the archive is %s with checksums in %s, and the action looks for %s", got.String(), config.Checksum.NameTemplate, archive)
	}
	program := readFile(t, "../internal/ownimage/program.go")
	for _, flag := range []string{config.Builds[0].Flags[0], "-ldflags=" + strings.Join(config.Builds[0].Ldflags, " ")} {
		if !strings.Contains(program, `"`+flag+`"`) {
			t.Errorf("the image's program is not built with %s", flag)
		}
	}
}
