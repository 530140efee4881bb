package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// program is the compiled slimify with its build information.
type program struct {
	bytes    []byte
	version  string    // without the "v"; "devel" if no commit is known
	revision string    // the commit; "" if none is known
	time     time.Time // the commit's, or SOURCE_DATE_EPOCH; else the epoch
}

// compile builds slimify for a platform in the module at dir, with the flags of
// .goreleaser.yaml, so that image and archives hold the same bytes.
func compile(ctx context.Context, dir string, p v1.Platform) (_ *program, err error) {
	tmp, err := os.MkdirTemp("", "ownimage-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	out := filepath.Join(tmp, "slimify")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", out, "./cmd/slimify")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.OS, "GOARCH="+p.Architecture)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("building slimify for %s: %w", p, err)
	}
	info, err := buildinfo.ReadFile(out)
	if err != nil {
		return nil, err
	}
	prog, err := describe(info, os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return nil, err
	}
	prog.bytes, err = os.ReadFile(out)
	return prog, err
}

// describe reads what the compiler recorded. epoch is SOURCE_DATE_EPOCH, which wins
// over the commit's time.
func describe(info *debug.BuildInfo, epoch string) (*program, error) {
	prog := &program{version: "devel", time: time.Unix(0, 0).UTC()}
	if v, ok := strings.CutPrefix(info.Main.Version, "v"); ok {
		prog.version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			prog.revision = s.Value
		case "vcs.time":
			t, err := time.Parse(time.RFC3339, s.Value)
			if err != nil {
				return nil, fmt.Errorf("reading the commit's time: %w", err)
			}
			prog.time = t.UTC()
		}
	}
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading SOURCE_DATE_EPOCH: %w", err)
		}
		prog.time = time.Unix(seconds, 0).UTC()
	}
	return prog, nil
}
