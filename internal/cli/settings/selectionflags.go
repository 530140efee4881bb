package settings

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/cli/terminal"
)

// SelectionFlags are the flags that decide what a slim image holds.
type SelectionFlags struct {
	ImageFlags
	base    string
	fatBase string
}

func (c *SelectionFlags) Add(f *pflag.FlagSet) {
	s := &c.Opts.Select
	f.StringVar(&c.base, "base", "", "slim image to build on, or without a tag the repository to choose it from (default "+assemble.DefaultBase+")")
	f.StringVar(&c.fatBase, "fat-base", "", "official image that FAT was built on, where its history does not tell")
	f.Var(ListValue[extract.Pattern]{&s.Keep, extract.ParsePattern, "what"}, "keep", "keep /GLOB, deb:NAME or dist:NAME whatever the rules say (repeatable)")
	f.Var(ListValue[extract.Pattern]{&s.Drop, extract.ParsePattern, "what"}, "drop", "leave out /GLOB, deb:NAME or dist:NAME (repeatable; --keep wins)")
	f.BoolVar(&s.Minimal, "minimal", false, "keep distributions and the application's directory only")
	f.StringSliceVar(&s.Accept, "accept", nil, "ID of an undecided item that may stay behind, such as tool:git (repeatable)")
	c.ImageFlags.Add(f)
}

// Finish turns flags into options.
func (c *SelectionFlags) Finish(t *terminal.Terminal) (err error) {
	if err := c.ImageFlags.Finish(t); err != nil {
		return err
	}
	if c.base != "" {
		if c.Opts.Base, err = reference.Parse(c.base); err != nil {
			return fmt.Errorf("--base: %w", err)
		}
	}
	if c.fatBase != "" {
		if c.Opts.FatBase, err = reference.Parse(c.fatBase); err != nil {
			return fmt.Errorf("--fat-base: %w", err)
		}
	}
	return nil
}

// AddStrict adds the flag of the commands that can refuse an image.
func AddStrict(f *pflag.FlagSet, opts *assemble.Options) {
	f.BoolVar(&opts.Strict, "strict", false, "fail, and write nothing, if something is undecided")
}
