package settings

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cli/terminal"
)

// SelectionFlags are the flags that choose the content of a slim image.
type SelectionFlags struct {
	ImageFlags
	base    string
	fatBase string
}

// Add defines the flags.
func (fl *SelectionFlags) Add(f *pflag.FlagSet) {
	s := &fl.Opts.Select
	f.StringVar(&fl.base, "base", "", "slim image to build on, or a repository (no tag) to choose it from (default "+analyze.DefaultBase()+")")
	f.StringVar(&fl.fatBase, "fat-base", "", "official image that FAT was built on, if its history does not show it")
	f.Var(ListValue[selection.Pattern]{&s.Keep, selection.ParsePattern, "what"}, "keep", "always keep /GLOB, deb:NAME or dist:NAME (repeatable)")
	f.Var(ListValue[selection.Pattern]{&s.Drop, selection.ParsePattern, "what"}, "drop", "leave out /GLOB, deb:NAME or dist:NAME (repeatable; --keep wins)")
	f.BoolVar(&s.Minimal, "minimal", false, "keep only Python packages, the application's directory and what they need")
	f.StringSliceVar(&s.Accept, "accept", nil, "leave an undecided item behind, by its ID such as tool:git (repeatable)")
	fl.ImageFlags.Add(f)
}

// Finish turns the flags into options, and starts the messages of the terminal.
func (fl *SelectionFlags) Finish(t *terminal.Terminal) (err error) {
	if err := fl.ImageFlags.Finish(t); err != nil {
		return err
	}
	if fl.base != "" {
		if fl.Opts.Base, err = reference.Parse(fl.base); err != nil {
			return fmt.Errorf("--base: %w", err)
		}
	}
	if fl.fatBase != "" {
		if fl.Opts.FatBase, err = reference.Parse(fl.fatBase); err != nil {
			return fmt.Errorf("--fat-base: %w", err)
		}
	}
	return nil
}

// AddStrict defines the flag that turns undecided items into a failure.
func AddStrict(f *pflag.FlagSet, opts *assemble.RefOptions) {
	f.BoolVar(&opts.Strict, "strict", false, "fail, and write nothing, if an item is undecided")
}
