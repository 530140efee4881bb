// Package usage is the error of a command line that is wrong.
package usage

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"
)

// Error is a mistake in the flags, arguments or input of a command. The program ends
// with exit status 2.
type Error struct{ Cause error }

func (e Error) Error() string { return e.Cause.Error() }
func (e Error) Unwrap() error { return e.Cause }

// Errorf formats an Error.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }

// Args requires exactly these arguments, which have the names that the usage line shows.
func Args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			missing := names[len(args):]
			return Errorf("%s %s missing; usage: %s", strings.Join(missing, " and "), english.PluralWord(len(missing), "is", "are"), cmd.UseLine())
		case len(args) > len(names):
			return Errorf("unexpected argument %q; usage: %s", args[len(names)], cmd.UseLine())
		}
		return nil
	}
}
