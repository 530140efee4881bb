// Package settings merges flags, SLIMIFY_* variables and .slimify.yaml, and knows where
// each value comes from.
package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/internal/cli/configfile"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/nearest"
)

// A flag's value comes from the command line, else from a variable, else from the
// configuration file, else it is the default. Of several values they are never
// joined: the first that speaks is the whole.

// configFlag names the configuration file; noConfig in its place means none.
const (
	configFlag = "config"
	noConfig   = "none"
)

// neverKeys are flags that only the command line can give.
var neverKeys = []string{configFlag, "help", "version"}

// typed is the annotation of flags of login and logout that only the command line can
// give: SLIMIFY_ALL is meant for slimify plan, and SLIMIFY_PASSWORD for nobody.
const typed = "slimify_typed"

// MarkTyped marks a flag that was defined before.
func MarkTyped(f *pflag.FlagSet, name string) { _ = f.SetAnnotation(name, typed, nil) }

// ProjectKeys are the keys that a file may have which nobody named, but was found:
// it came with a checkout that perhaps nobody has read. Like a Dockerfile it may
// say what is in the image. Whom to trust, with which credentials, whether and where to
// write, and what a pipeline gets to read, are not its matter: all other keys, new ones
// too, need --config.
var ProjectKeys = []string{
	"accept", "all", "base", "compression", "drop", "fat-base", "if-larger", "jobs", "keep", "log-format", "max-size",
	"memory", "min-saving", "minimal", "no-cache", "platform", "progress", "quiet", "retry", "runtime", "strict", "timeout", "verbose",
}

// pathKeys are those whose values are files and directories, RefKeys those whose
// values may name one (oci:DIR). In a file they are relative to where that is.
var (
	PathKeys = []string{"authfile", "ca-file", "cache-dir", "digest-file", "freeze", "metadata-file", "report", "sbom", "tmpdir"}
	RefKeys  = []string{"against", "base", "fat-base", "tag"}
)

// exclusive are pairs of which a value that wins makes the other void.
var exclusive = [][2]string{{"quiet", "verbose"}, {"cache-dir", "no-cache"}}

// origin is where a flag's value comes from.
type origin struct {
	Kind string // "flag", "variable", "file" or "default"
	At   string // the variable's name, or the place in the file
}

// Settings are what is in force for a command.
type Settings struct {
	flags *pflag.FlagSet
	file  string // of configuration; "" if none was read
	from  map[string]origin
}

// Configure sets the flags that were not given from variables and from the
// configuration file. Commands without --config read no file.
func Configure(cmd *cobra.Command) (*Settings, error) {
	s := &Settings{flags: cmd.Flags(), from: make(map[string]origin)}
	s.flags.Visit(func(f *pflag.Flag) { s.from[f.Name] = origin{Kind: "flag"} })
	if err := s.readVariables(); err != nil {
		return nil, err
	}
	if s.flags.Lookup(configFlag) == nil {
		return s, nil
	}
	return s, s.readFile(cmd.Root())
}

// free reports whether nothing that wins has given the flag, or voided it.
func (s *Settings) free(name string) bool {
	for _, pair := range exclusive {
		if i := slices.Index(pair[:], name); i >= 0 && s.from[pair[1-i]].Kind != "" {
			return false
		}
	}
	return s.from[name].Kind == ""
}

// readVariables reads SLIMIFY_* variables: SLIMIFY_TMPDIR for --tmpdir. Blanks
// separate the values of a flag that is repeatable. An empty variable is none: that
// is how pipelines pass on what was not given.
func (s *Settings) readVariables() error {
	type given struct{ flag, variable, value string }
	var all []given
	s.flags.VisitAll(func(f *pflag.Flag) {
		name := variableOf(f.Name)
		value := os.Getenv(name)
		_, typed := f.Annotations[typed]
		if value != "" && s.free(f.Name) && f.Name != "help" && f.Name != "version" && !typed {
			all = append(all, given{f.Name, name, value})
		}
	})
	var errs []error
	for _, g := range all {
		values := []string{g.value}
		if k := KindOf(s.flags.Lookup(g.flag)); k == KindList || k == KindMap {
			values = strings.Fields(g.value)
		}
		for _, v := range values {
			if err := s.flags.Set(g.flag, v); err != nil {
				errs = append(errs, usage.Errorf("%s=%s: %w", g.variable, g.value, err))
			}
		}
		s.from[g.flag] = origin{"variable", g.variable}
	}
	return errors.Join(errs...)
}

func variableOf(flag string) string {
	return "SLIMIFY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readFile reads the configuration file that --config names, or the first that is
// found from the working directory upward.
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
	free := make(map[string]bool) // before the file speaks
	for _, e := range entries {
		free[e.Key] = s.free(e.Key)
	}
	var errs []error
	for _, e := range entries {
		f, mine := known[e.Key]
		switch {
		case !mine:
			err = unknownKey(e, known)
		case !named && !slices.Contains(ProjectKeys, e.Key):
			err = &configfile.Error{
				At: e.At, Key: e.Key, Text: "a file that is found may not set it, since it may have come with somebody's checkout",
				Way: "if you trust the file, name it: --config " + path + ", or " + variableOf(configFlag),
			}
		case s.flags.Lookup(e.Key) == nil || !free[e.Key]:
			_, err = valuesOf(e, KindOf(f)) // of the right kind it must be all the same
		default:
			err = s.set(e)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// unknownKey is the fault of a key that is no flag's name.
func unknownKey(e configfile.Entry, known map[string]*pflag.Flag) error {
	fault := &configfile.Error{At: e.At, Key: e.Key, Text: "there is no such key"}
	if near := nearest.Of(e.Key, slices.Collect(maps.Keys(known))); near != "" {
		fault.Text += "; did you mean " + near + "?"
	}
	return fault
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
		text := inDirectory(e.Key, v.text, filepath.Dir(s.file))
		if list {
			err = slice.Append(text) // commas are no separators here
		} else {
			err = s.flags.Set(e.Key, text)
		}
		if err != nil {
			return &configfile.Error{At: v.at, Key: e.Key, Text: reasonOf(err)}
		}
	}
	s.from[e.Key] = origin{"file", e.Value.At().String()}
	return nil
}

// reasonOf is an error of pflag without the flag's name.
func reasonOf(err error) string {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		err = invalid.Unwrap()
	}
	return err.Error()
}

// inDirectory is the value of a key in a file of that directory: paths are relative
// to it, so that the file means the same wherever one stands.
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

// blames finds the flag that an error is about.
var blames = regexp.MustCompile(`^--([a-z][a-z-]*)\b`)

// Explain adds to an error about a flag where its value comes from.
func (s *Settings) Explain(err error) error {
	if err == nil {
		return nil
	}
	m := blames.FindStringSubmatch(err.Error())
	if m == nil || s.from[m[1]].At == "" {
		return err
	}
	return fmt.Errorf("%s: %w", s.from[m[1]].At, err)
}

// Keys are the Keys that a file may have: the flags of all commands that read one.
func Keys(root *cobra.Command) map[string]*pflag.Flag {
	out := make(map[string]*pflag.Flag)
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Flags().Lookup(configFlag) == nil {
			continue
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, ok := out[f.Name]; !ok && !slices.Contains(neverKeys, f.Name) {
				out[f.Name] = f
			}
		})
	}
	return out
}
