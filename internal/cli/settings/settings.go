// Package settings merges flags, SLIMIFY_* variables and .slimify.yaml, and knows where
// each value comes from.
package settings

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/internal/cli/usage"
)

// A flag's value comes from the command line, else from a variable, else from the
// configuration file, else it is the default. Lists are not merged: the first source
// that sets a flag sets all of it.

// configFlag names the configuration file; noConfig in its place means none.
const (
	configFlag = "config"
	noConfig   = "none"
)

// flagOnly is the annotation of flags of login and logout that no variable sets:
// SLIMIFY_ALL is for slimify plan, and a password does not belong into a variable.
const flagOnly = "slimify_flag_only"

// MarkFlagOnly excludes a flag, defined before, from SLIMIFY_* variables.
func MarkFlagOnly(f *pflag.FlagSet, name string) { _ = f.SetAnnotation(name, flagOnly, nil) }

// exclusive are pairs of flags. A value for one voids values of the other from sources
// that come later.
var exclusive = [][2]string{{"quiet", "verbose"}, {"cache-dir", "no-cache"}}

// origin is the source of a flag's value.
type origin struct {
	Kind string // "flag", "variable", "file"; "" for the default
	At   string // the variable's name, or the position in the file
}

// Settings are the values of a command's flags with their sources.
type Settings struct {
	flags *pflag.FlagSet
	file  string // the configuration file; "" if none was read
	from  map[string]origin
}

// Configure sets the flags that the command line leaves out from variables and from the
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

// open reports whether no source so far has set the flag, or voided it.
func (s *Settings) open(name string) bool {
	for _, pair := range exclusive {
		if i := slices.Index(pair[:], name); i >= 0 && s.from[pair[1-i]].Kind != "" {
			return false
		}
	}
	return s.from[name].Kind == ""
}

// readVariables reads SLIMIFY_* variables: SLIMIFY_TMPDIR for --tmpdir. Blanks separate
// the values of a repeatable flag. An empty variable is ignored: pipelines pass on
// unset inputs as empty ones.
func (s *Settings) readVariables() error {
	type variable struct{ flag, name, value string }
	var all []variable
	s.flags.VisitAll(func(f *pflag.Flag) {
		name := variableOf(f.Name)
		value := os.Getenv(name)
		_, only := f.Annotations[flagOnly]
		if value != "" && s.open(f.Name) && f.Name != "help" && f.Name != "version" && !only {
			all = append(all, variable{f.Name, name, value})
		}
	})
	var errs []error
	for _, v := range all {
		values := []string{v.value}
		if k := KindOf(s.flags.Lookup(v.flag)); k == KindList || k == KindMap {
			values = strings.Fields(v.value)
		}
		for _, value := range values {
			if err := s.flags.Set(v.flag, value); err != nil {
				errs = append(errs, usage.Errorf("%s=%s: %w", v.name, v.value, err))
			}
		}
		s.from[v.flag] = origin{"variable", v.name}
	}
	return errors.Join(errs...)
}

// variableOf is the name of the variable that sets a flag.
func variableOf(flag string) string {
	return "SLIMIFY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flagInError finds the flag that an error is about.
var flagInError = regexp.MustCompile(`^--([a-z][a-z-]*)\b`)

// Explain adds to an error about a flag the source of its value.
func (s *Settings) Explain(err error) error {
	if err == nil {
		return nil
	}
	m := flagInError.FindStringSubmatch(err.Error())
	if m == nil || s.from[m[1]].At == "" {
		return err
	}
	return fmt.Errorf("%s: %w", s.from[m[1]].At, err)
}
