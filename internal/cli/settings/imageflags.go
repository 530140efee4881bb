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
func (fl *ImageFlags) Add(f *pflag.FlagSet) {
	s := &fl.Opts.Session
	f.StringSliceVar(&fl.platforms, "platform", nil, "use only these platforms of a multi-platform image, such as linux/arm64")
	f.StringVar(&s.AuthFile, "authfile", "", "read credentials from this file alone (default: $REGISTRY_AUTH_FILE, else the files of podman and Docker)")
	AddRegistryFlags(f, s)
	f.StringToStringVar(&fl.mirrors, "registry-mirror", nil, "FROM=TO: pull images of registry FROM from host TO first (repeatable)")
	f.StringVar(&s.TempDir, "tmpdir", "", "directory for temporary files (default: the system's)")
	f.StringVar(&fl.Opts.CacheDir, "cache-dir", "", "directory that caches the file lists of layers between runs (default: slimify in the user's cache directory)")
	f.BoolVar(&fl.noCache, "no-cache", false, "ignore the cache, and cache nothing")
	f.IntVar(&s.Retry, "retry", 3, "how often to repeat a failed request")
	f.IntVar(&fl.Opts.Jobs, "jobs", 0, "layers to read or write in parallel (default: the number of CPUs)")
	fl.Messages.Add(f)
	f.String(configFlag, "", "configuration file, or none (default: the first "+configfile.Name+" from the working directory upward)")
}

// AddRegistryFlags defines the flags that choose which registries to trust.
func AddRegistryFlags(f *pflag.FlagSet, s *reference.Options) {
	f.StringSliceVar(&s.Insecure, "insecure-registry", nil, "registry host without TLS or with an unknown certificate (repeatable)")
	f.StringVar(&s.CAFile, "ca-file", "", "file of certificates to trust in addition to the system's")
}

// Finish turns the flags into options, and starts the messages of the terminal.
func (fl *ImageFlags) Finish(t *terminal.Terminal) error {
	s := &fl.Opts.Session
	s.Stdin = t.Stdin
	s.Mirrors = fl.mirrors
	s.Jobs = fl.Opts.Jobs
	s.UserAgent = "slimify/" + buildinfo.Version()
	for _, name := range fl.platforms {
		p, err := v1.ParsePlatform(name)
		if err != nil {
			return usage.Errorf("--platform %s: %w", name, err)
		}
		fl.Opts.Platforms = append(fl.Opts.Platforms, *p)
	}
	switch {
	case fl.noCache:
		fl.Opts.CacheDir = ""
	case fl.Opts.CacheDir == "":
		// Without a home directory nothing is cached, which only costs time.
		if dir, err := os.UserCacheDir(); err == nil {
			fl.Opts.CacheDir = filepath.Join(dir, "slimify")
		}
	}
	if fl.Opts.Jobs < 0 {
		return usage.Errorf("--jobs %d: must not be negative", fl.Opts.Jobs)
	}
	if fl.Opts.Session.Retry < 0 {
		return usage.Errorf("--retry %d: must not be negative", fl.Opts.Session.Retry)
	}
	log, progress, err := t.Start(fl.Messages)
	if err != nil {
		return err
	}
	fl.Opts.Log, s.Progress = log, progress
	return nil
}
