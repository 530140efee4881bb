// Package buildinfo knows the version of the running program.
package buildinfo

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Build is what the Go tool recorded in the program.
type Build struct {
	Version string `json:"version"`
	// Commit and Time are of the checkout; "" if the program was built from a downloaded
	// module, whose version names the commit.
	Commit   string `json:"commit"`
	Time     string `json:"time"`
	Modified bool   `json:"modified"` // the checkout had uncommitted changes
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// This describes the running program. Its version is that of the module: a tag, or a
// pseudo-version (https://go.dev/ref/mod#pseudo-versions), or "devel" if none was recorded.
func This() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return readBuild(info)
}

// readBuild reads the build of a program.
func readBuild(info *debug.BuildInfo) Build {
	b := Build{Version: strings.TrimPrefix(info.Main.Version, "v"), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// Version is the version of the running program.
func Version() string { return This().Version }

// String is one line for people.
func (b Build) String() string {
	var more []string
	if b.Commit != "" {
		commit := "commit " + b.Commit
		if b.Modified {
			commit += ", modified"
		}
		more = append(more, commit)
	}
	return fmt.Sprintf("slimify %s (%s)", b.Version, strings.Join(append(more, b.Go, b.Platform), ", "))
}
