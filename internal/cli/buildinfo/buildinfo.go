// Package buildinfo knows the version of the running program.
package buildinfo

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Build is what the Go tool recorded of the program.
type Build struct {
	Version string `json:"version"`
	// Commit and Time are those of a checkout, as Git tells them; "" if the program
	// was built of a module that was downloaded, whose version names its commit.
	Commit   string `json:"commit"`
	Time     string `json:"time"`
	Modified bool   `json:"modified"` // the checkout was not as the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// This tells of the running program. Its version is the module's: a tag, or
// what Go makes of a commit (https://go.dev/ref/mod#pseudo-versions), or "devel"
// if none was recorded.
func This() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return readBuild(info)
}

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

// Version is the program's.
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
