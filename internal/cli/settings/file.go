package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/internal/cli/configfile"
	"github.com/slimify/slimify/internal/nearest"
)

// ProjectKeys are the keys that a file may set which --config does not name. Such a file
// came with a checkout that perhaps nobody has reviewed. Like a Dockerfile it may choose
// the content of the image. It may not choose whom to trust, which credentials to use,
// where to write, or what a pipeline reads: all other keys, new ones too, need --config.
var ProjectKeys = []string{
	"accept", "all", "base", "compression", "drop", "fat-base", "if-larger", "jobs", "keep", "log-format", "max-size",
	"memory", "min-saving", "minimal", "no-cache", "platform", "progress", "quiet", "retry", "runtime", "strict", "timeout", "verbose",
}

// PathKeys have files and directories as values. Values of RefKeys may contain one
// (oci:DIR). In a file they are relative to its directory.
var (
	PathKeys = []string{"authfile", "ca-file", "cache-dir", "digest-file", "freeze", "metadata-file", "report", "sbom", "tmpdir"}
	RefKeys  = []string{"against", "base", "fat-base", "tag"}
)

// flagOnlyKeys are flags that no file sets.
var flagOnlyKeys = []string{configFlag, "help", "version"}

// readFile reads the configuration file that --config names, or the first that is found
// from the working directory upward.
func (s *Settings) readFile(root *cobra.Command) error {
	path, named := s.flags.Lookup(configFlag).Value.String(), s.from[configFlag].Kind != ""
	if named && (path == "" || path == noConfig) {
		return nil
	}
	if !named {
		dir, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("looking for %s: %w", configfile.Name, err)
		}
		if path, err = configfile.Find(dir); path == "" || err != nil {
			return err
		}
	}
	entries, err := configfile.Read(path)
	if err != nil {
		return err
	}
	s.file = path
	known := Keys(root)
	open := make(map[string]bool) // before the file sets anything
	for _, e := range entries {
		open[e.Key] = s.open(e.Key)
	}
	var errs []error
	for _, e := range entries {
		f, exists := known[e.Key]
		switch {
		case !exists:
			err = unknownKey(e, known)
		case !named && !slices.Contains(ProjectKeys, e.Key):
			err = &configfile.Error{
				At: e.At, Key: e.Key, Text: "only a file that --config names may set this key",
				Hint: "if you trust this file, name it: --config " + path + ", or " + variableOf(configFlag),
			}
		case s.flags.Lookup(e.Key) == nil || !open[e.Key]:
			_, err = valuesOf(e, KindOf(f)) // it must be valid all the same
		default:
			err = s.set(e)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Keys are the keys that a file may have: the flags of all commands that read one.
func Keys(root *cobra.Command) map[string]*pflag.Flag {
	out := make(map[string]*pflag.Flag)
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Flags().Lookup(configFlag) == nil {
			continue
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, ok := out[f.Name]; !ok && !slices.Contains(flagOnlyKeys, f.Name) {
				out[f.Name] = f
			}
		})
	}
	return out
}

// unknownKey is the error of a key that is not the name of a flag.
func unknownKey(e configfile.Entry, known map[string]*pflag.Flag) error {
	err := &configfile.Error{At: e.At, Key: e.Key, Text: "unknown key"}
	if near := nearest.Of(e.Key, slices.Collect(maps.Keys(known))); near != "" {
		err.Text += "; did you mean " + near + "?"
	}
	return err
}

// set gives a flag the value of an entry.
func (s *Settings) set(e configfile.Entry) error {
	f := s.flags.Lookup(e.Key)
	values, err := valuesOf(e, KindOf(f))
	if err != nil {
		return err
	}
	slice, list := f.Value.(pflag.SliceValue)
	if list {
		if err := slice.Replace(nil); err != nil {
			return err
		}
	}
	for _, v := range values {
		value := inDirectory(e.Key, v.text, filepath.Dir(s.file))
		if list {
			err = slice.Append(value) // commas do not separate values here
		} else {
			err = s.flags.Set(e.Key, value)
		}
		if err != nil {
			return &configfile.Error{At: v.at, Key: e.Key, Text: causeOf(err)}
		}
	}
	s.from[e.Key] = origin{"file", e.Value.At().String()}
	return nil
}

// causeOf is an error of pflag without the flag's name.
func causeOf(err error) string {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		err = invalid.Unwrap()
	}
	return err.Error()
}

// inDirectory is the value of a key in a file of that directory: relative paths start
// there, so that the file means the same in every working directory.
func inDirectory(key, value, dir string) string {
	switch {
	case slices.Contains(PathKeys, key) && value != "" && !filepath.IsAbs(value):
		return filepath.Join(dir, value)
	case slices.Contains(RefKeys, key):
		for _, prefix := range []string{"oci:", "oci-archive:", "docker-archive:"} {
			rest, ok := strings.CutPrefix(value, prefix)
			if ok && rest != "" && !filepath.IsAbs(rest) && rest != "-" && !strings.HasPrefix(rest, "-:") && dir != "." {
				return prefix + dir + "/" + rest
			}
		}
	}
	return value
}
