package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/nearest"
)

// suggestForArgs adds to an error about arguments the command that the first of them resembles:
// it was taken for an image.
func suggestForArgs(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		err := args(cmd, given)
		if err == nil || len(given) == 0 {
			return err
		}
		if near := cmd.SuggestionsFor(given[0]); len(near) > 0 {
			return usage.Errorf("unknown command %q, and %w; did you mean slimify %s?", given[0], err, near[0])
		}
		return err
	}
}

// suggestForImage does the same if an image is not found: "slimify plna app:1" reads as FAT and
// SLIM.
func suggestForImage(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, given []string) error {
		err := run(cmd, given)
		var (
			absent      *reference.NotFoundError
			denied      *reference.AuthError
			unreachable *reference.UnreachableError
		)
		if !errors.As(err, &absent) && !errors.As(err, &denied) && !errors.As(err, &unreachable) {
			return err
		}
		if near := cmd.SuggestionsFor(given[0]); len(near) > 0 {
			return fmt.Errorf("%w; %q was taken for an image: did you mean slimify %s?", err, given[0], near[0])
		}
		return err
	}
}

// flagError adds to the error of an unknown flag the one that it resembles.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest.Of(unknown.GetSpecifiedName(), names); near != "" {
			return usage.Errorf("%w; did you mean --%s?", err, near)
		}
	}
	return usage.Error{Cause: err}
}
