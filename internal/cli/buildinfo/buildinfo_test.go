package buildinfo

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// The version is right however the program was built, without linker flags.
func TestReadBuild(t *testing.T) {
	t.Parallel()
	machine := runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	for _, c := range []struct {
		how      string
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		{"go install …@v1.2.3", "v1.2.3", nil, "slimify 1.2.3 (" + machine},
		{"go install …@main", "v1.2.4-0.20260102030405-0123456789ab", nil, "slimify 1.2.4-0.20260102030405-0123456789ab (" + machine},
		{"go build at a tag", "v1.2.3", []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}, {Key: "vcs.modified", Value: "false"}}, "slimify 1.2.3 (commit 0123, " + machine},
		{"go build of a change", "v1.2.3+dirty", []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}, {Key: "vcs.modified", Value: "true"}}, "slimify 1.2.3+dirty (commit 0123, modified, " + machine},
		{"go build -buildvcs=false", "(devel)", nil, "slimify devel (" + machine},
		{"go test", "", nil, "slimify devel (" + machine},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.version}, Settings: c.settings}
		if got := readBuild(info).String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.how, got, c.want)
		}
	}
}
