package settings

import (
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/configfile"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

// ImageFlags are the flags that every command which reads images has.
type ImageFlags struct {
	terminal.Messages
	Opts      assemble.Options
	platforms []string
	mirrors   map[string]string
	noCache   bool
}

func (c *ImageFlags) Add(f *pflag.FlagSet) {
	s := &c.Opts.Session
	f.StringSliceVar(&c.platforms, "platform", nil, "only these platforms of an index, such as linux/arm64")
	f.StringVar(&s.AuthFile, "authfile", "", "file of credentials (default: what REGISTRY_AUTH_FILE names, else podman's and Docker's own)")
	f.StringSliceVar(&s.Insecure, "insecure-registry", nil, "host of a registry without TLS or with an unknown certificate (repeatable)")
	f.StringVar(&s.CAFile, "ca-file", "", "file of certificates to trust besides the system's")
	f.StringToStringVar(&c.mirrors, "registry-mirror", nil, "FROM=TO: pull images of registry FROM from host TO first (repeatable)")
	f.StringVar(&s.TempDir, "tmpdir", "", "directory for temporary files (default: the system's)")
	f.StringVar(&c.Opts.CacheDir, "cache-dir", "", "directory that keeps what layers hold between runs (default: slimify in the user's cache)")
	f.BoolVar(&c.noCache, "no-cache", false, "read all layers that matter again, and keep nothing of them")
	f.IntVar(&s.Retry, "retry", 3, "how often a failed request is repeated")
	f.IntVar(&c.Opts.Jobs, "jobs", 0, "layers read or written at once (default: the number of CPUs)")
	c.Messages.Add(f)
	f.String(configFlag, "", "file of settings, or none (default: the first "+configfile.Name+" from here upward)")
}

// Finish turns flags into options.
func (c *ImageFlags) Finish(t *terminal.Terminal) error {
	s := &c.Opts.Session
	s.Stdin = t.Stdin
	s.Mirrors = c.mirrors
	s.Jobs = c.Opts.Jobs
	s.UserAgent = "slimify/" + buildinfo.Version()
	for _, name := range c.platforms {
		p, err := v1.ParsePlatform(name)
		if err != nil {
			return usage.Errorf("--platform %s: %w", name, err)
		}
		c.Opts.Platforms = append(c.Opts.Platforms, *p)
	}
	switch {
	case c.noCache:
		c.Opts.CacheDir = ""
	case c.Opts.CacheDir == "":
		// Without a home nothing is kept: that costs time only.
		if dir, err := os.UserCacheDir(); err == nil {
			c.Opts.CacheDir = filepath.Join(dir, "slimify")
		}
	}
	if c.Opts.Jobs < 0 {
		return usage.Errorf("--jobs %d: give a number that is not negative", c.Opts.Jobs)
	}
	if c.Opts.Session.Retry < 0 {
		return usage.Errorf("--retry %d: give a number that is not negative", c.Opts.Session.Retry)
	}
	log, progress, err := t.Start(c.Messages)
	if err != nil {
		return err
	}
	c.Opts.Log, s.Progress = log, progress
	return nil
}
