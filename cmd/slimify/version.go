package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// buildInfo is what the Go tool recorded of the program.
type buildInfo struct {
	Version string `json:"version"`
	// Commit and Time are those of a checkout, as Git tells them; "" if the program
	// was built of a module that was downloaded, whose version names its commit.
	Commit   string `json:"commit"`
	Time     string `json:"time"`
	Modified bool   `json:"modified"` // the checkout was not as the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// thisBuild tells of the running program. Its version is the module's: a tag, or
// what Go makes of a commit (https://go.dev/ref/mod#pseudo-versions), or "devel"
// if none was recorded.
func thisBuild() buildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return readBuild(info)
}

func readBuild(info *debug.BuildInfo) buildInfo {
	b := buildInfo{Version: strings.TrimPrefix(info.Main.Version, "v"), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
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

// version is the program's.
func version() string { return thisBuild().Version }

// String is one line for people.
func (b buildInfo) String() string {
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

func newVersion(t *terminal) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print slimify's version",
		Long: `version prints on one line the version of slimify, the commit that it was built of
where that is known, the version of Go, and the platform; with -o json as an object.
slimify --version prints the version alone.`,
		Example: `  slimify version
  slimify version -o json`,
		Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			if err := checkOutput(output, formText, formJSON); err != nil {
				return err
			}
			if output == "json" {
				return t.printJSON(thisBuild())
			}
			_, err := fmt.Fprintln(t.stdout, thisBuild())
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "form of the result on stdout: text (one line) or json")
	return cmd
}
