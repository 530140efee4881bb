package settings

import (
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/buildinfo"
	"github.com/slimify/slimify/internal/cli/configfile"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/usage"
)

// ImageFlags are the flags of every command that reads images.
type ImageFlags struct {
	terminal.Messages
	Opts      assemble.RefOptions // as the flags set them, after Finish
	platforms []string
	mirrors   map[string]string
	noCache   bool
}

// Add defines the flags.
func (c *ImageFlags) Add(f *pflag.FlagSet) {
	s := &c.Opts.Session
	f.StringSliceVar(&c.platforms, "platform", nil, "use only these platforms of a multi-platform image, such as linux/arm64")
	f.StringVar(&s.AuthFile, "authfile", "", "read credentials from this file alone (default: $REGISTRY_AUTH_FILE, else the files of podman and Docker)")
	AddRegistryFlags(f, s)
	f.StringToStringVar(&c.mirrors, "registry-mirror", nil, "FROM=TO: pull images of registry FROM from host TO first (repeatable)")
	f.StringVar(&s.TempDir, "tmpdir", "", "directory for temporary files (default: the system's)")
	f.StringVar(&c.Opts.CacheDir, "cache-dir", "", "directory that caches the file lists of layers between runs (default: slimify in the user's cache directory)")
	f.BoolVar(&c.noCache, "no-cache", false, "ignore the cache, and cache nothing")
	f.IntVar(&s.Retry, "retry", 3, "how often to repeat a failed request")
	f.IntVar(&c.Opts.Jobs, "jobs", 0, "layers to read or write in parallel (default: the number of CPUs)")
	c.Messages.Add(f)
	f.String(configFlag, "", "configuration file, or none (default: the first "+configfile.Name+" from the working directory upward)")
}

// AddRegistryFlags defines the flags that choose which registries to trust.
func AddRegistryFlags(f *pflag.FlagSet, s *reference.Options) {
	f.StringSliceVar(&s.Insecure, "insecure-registry", nil, "registry host without TLS or with an unknown certificate (repeatable)")
	f.StringVar(&s.CAFile, "ca-file", "", "file of certificates to trust in addition to the system's")
}

// Finish turns the flags into options, and starts the messages of the terminal.
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
		// Without a home directory nothing is cached, which only costs time.
		if dir, err := os.UserCacheDir(); err == nil {
			c.Opts.CacheDir = filepath.Join(dir, "slimify")
		}
	}
	if c.Opts.Jobs < 0 {
		return usage.Errorf("--jobs %d: must not be negative", c.Opts.Jobs)
	}
	if c.Opts.Session.Retry < 0 {
		return usage.Errorf("--retry %d: must not be negative", c.Opts.Session.Retry)
	}
	log, progress, err := t.Start(c.Messages)
	if err != nil {
		return err
	}
	c.Opts.Log, s.Progress = log, progress
	return nil
}
