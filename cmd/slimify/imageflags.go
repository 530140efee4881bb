package main

import (
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/internal/config"
)

// common are the flags that every command which reads images has.
type common struct {
	messages
	opts      assemble.Options
	platforms []string
	mirrors   map[string]string
	noCache   bool
}

func (c *common) add(f *pflag.FlagSet) {
	s := &c.opts.Session
	f.StringSliceVar(&c.platforms, "platform", nil, "only these platforms of an index, such as linux/arm64")
	f.StringVar(&s.AuthFile, "authfile", "", "file of credentials (default: what REGISTRY_AUTH_FILE names, else podman's and Docker's own)")
	f.StringSliceVar(&s.Insecure, "insecure-registry", nil, "host of a registry without TLS or with an unknown certificate (repeatable)")
	f.StringVar(&s.CAFile, "ca-file", "", "file of certificates to trust besides the system's")
	f.StringToStringVar(&c.mirrors, "registry-mirror", nil, "FROM=TO: pull images of registry FROM from host TO first (repeatable)")
	f.StringVar(&s.TempDir, "tmpdir", "", "directory for temporary files (default: the system's)")
	f.StringVar(&c.opts.CacheDir, "cache-dir", "", "directory that keeps what layers hold between runs (default: slimify in the user's cache)")
	f.BoolVar(&c.noCache, "no-cache", false, "read all layers that matter again, and keep nothing of them")
	f.IntVar(&s.Retry, "retry", 3, "how often a failed request is repeated")
	f.IntVar(&c.opts.Jobs, "jobs", 0, "layers read or written at once (default: the number of CPUs)")
	c.messages.add(f)
	f.String(configFlag, "", "file of settings, or none (default: the first "+config.Name+" from here upward)")
}

// finish turns flags into options.
func (c *common) finish(t *terminal) error {
	s := &c.opts.Session
	s.Stdin = t.stdin
	s.Mirrors = c.mirrors
	s.Jobs = c.opts.Jobs
	s.UserAgent = "slimify/" + version()
	for _, name := range c.platforms {
		p, err := v1.ParsePlatform(name)
		if err != nil {
			return usagef("--platform %s: %w", name, err)
		}
		c.opts.Platforms = append(c.opts.Platforms, *p)
	}
	switch {
	case c.noCache:
		c.opts.CacheDir = ""
	case c.opts.CacheDir == "":
		// Without a home nothing is kept: that costs time only.
		if dir, err := os.UserCacheDir(); err == nil {
			c.opts.CacheDir = filepath.Join(dir, "slimify")
		}
	}
	if c.opts.Jobs < 0 {
		return usagef("--jobs %d: give a number that is not negative", c.opts.Jobs)
	}
	if c.opts.Session.Retry < 0 {
		return usagef("--retry %d: give a number that is not negative", c.opts.Session.Retry)
	}
	log, progress, err := t.start(c.messages)
	if err != nil {
		return err
	}
	c.opts.Log, s.Progress = log, progress
	return nil
}
