package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/trial"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/internal/config"
	"github.com/slimify/slimify/internal/sandbox"
)

// The exit codes are a contract.
const (
	exitDone        = 0
	exitFailure     = 1
	exitUsage       = 2
	exitGate        = 3
	exitRegistry    = 4
	exitRefused     = 5
	exitInterrupted = 130
)

// exitCode is an exit code with its meaning, for people.
type exitCode struct {
	code    int
	meaning string
}

// exitCodes is the table that the help and the reference show.
func exitCodes() []exitCode {
	return []exitCode{
		{exitDone, "done, or nothing to do"},
		{exitFailure, "unexpected failure"},
		{exitUsage, "wrong usage"},
		{exitGate, "a gate or a verification failed, or something is undecided under --strict; nothing was pushed"},
		{exitRegistry, "registry or authentication"},
		{exitRefused, "the image cannot be slimmed"},
		{exitInterrupted, "interrupted"},
	}
}

// usageError is a fault of the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// seeHelp is the hint of wrong usage, of whatever command.
const seeHelp = "see slimify --help"

// moreTime is the hint of programs that were not done in time.
const moreTime = "give more time with --timeout"

// outcome is what an error means to the caller.
type outcome struct {
	code int
	hint string
}

// errorTable maps errors to exit codes and hints. The first row that matches
// decides.
var errorTable = []func(error) (outcome, bool){
	// It wraps the errors of rows below.
	row(exitRegistry, func(*document.AttachError) string {
		return "run the same command again: what is in place is not written twice"
	}),
	row(exitUsage, func(e *config.Error) string {
		return cmp.Or(e.Way, "keys are the names of flags without dashes: see slimify --help; slimify config shows what is in force")
	}),
	row(exitUsage, func(usageError) string { return seeHelp }),
	row(exitUsage, func(*reference.ParseError) string { return "" }),
	row(exitUsage, func(*reference.AmbiguousError) string { return "" }),
	row(exitUsage, func(*reference.OptionError) string { return "" }),
	row(exitUsage, func(*system.DeviceError) string {
		return "a container's runtime makes devices (docker run --device); name in --keep what lies beside it"
	}),
	row(exitUsage, func(e *selection.UnmatchedPatternError) string {
		if e.Flag == "accept" {
			return "slimify plan lists the undecided items with their IDs"
		}
		return "paths are absolute (/opt/**), packages deb:NAME, distributions dist:NAME; slimify compare shows what the image has"
	}),
	row(exitUsage, func(e *explain.NotFoundError) string {
		if len(e.Near) > 0 {
			return "did you mean " + strings.Join(e.Near, " or ") + "?"
		}
		return "give an absolute path or glob, dist:NAME, deb:NAME, or a library's name; slimify plan shows what the image has"
	}),
	row(exitGate, func(e *gate.UndecidedError) string {
		ways := make([]string, len(e.Items))
		for i, u := range e.Items {
			ways[i] = settling(u)
		}
		return strings.Join(ways, "; ")
	}),
	row(exitGate, func(e *gate.Error) string {
		if e.TooLarge() {
			return "slimify plan lists what makes an image large; leave out with --drop WHAT, or raise --max-size"
		}
		return "slimify plan lists what makes an image large; leave out with --drop WHAT, or lower --min-saving"
	}),
	row(exitGate, func(e *unfitError) string {
		if e.timedOut() {
			return moreTime
		}
		if e.Against == nil {
			return "--against FAT tells what worked in the image that it was made of"
		}
		return "slim " + e.Against.Ref + " again with --keep WHAT for what is missing"
	}),
	row(exitGate, func(e *assemble.VerificationError) string {
		return "slimify explain " + e.Ref + " PATH tells why a file was left behind; bring it with --keep WHAT, or leave out what needs it with --drop WHAT"
	}),
	row(exitGate, func(e *sandbox.UnavailableError) string {
		if e.Machine != "" {
			return "choose this machine's platform of the image with --platform"
		}
		return "install bubblewrap (bwrap), or allow user namespaces: see the settings user.max_user_namespaces and kernel.unprivileged_userns_clone"
	}),
	row(exitGate, func(*sandbox.UnreachableError) string {
		return "choose a directory that every user can reach with --tmpdir, or run slimify as an ordinary user"
	}),
	row(exitGate, func(*trial.TimeoutError) string { return moreTime }),
	row(exitGate, func(*batchError) string {
		return "run the same batch again when the causes are gone: pairs that are done cost a few requests each"
	}),
	row(exitGate, func(*trial.NoUserError) string { return "" }),
	row(exitGate, func(*trial.NothingToRunError) string { return "name a command after --" }),
	row(exitRefused, func(e *official.MismatchError) string { return e.Way }),
	row(exitRefused, func(*python.InterpreterError) string {
		return "make the environment in the image, with its own Python: RUN python -m venv DIR"
	}),
	row(exitRefused, func(*python.NoPythonError) string {
		return "slimify works on images built FROM python:X.Y; rebuild on one of those"
	}),
	row(exitRefused, func(*reference.UnsupportedError) string { return "" }),
	row(exitRefused, func(*image.PlatformError) string { return "choose from those it has with --platform" }),
	row(exitRefused, func(*gate.LargerError) string {
		return "the image is slim already; --if-larger copy writes it as it is"
	}),
	row(exitRegistry, func(*analyze.NoBaseError) string {
		return "name a slim image with --base IMAGE, the repository that has them with --base HOST/python, or a mirror with --registry-mirror"
	}),
	row(exitRegistry, func(*reference.NotFoundError) string { return "" }),
	row(exitRegistry, func(e *reference.HelperError) string {
		if e.Missing {
			return "install it, or take it out of " + e.File
		}
		return "mend or unlock it, or take it out of " + e.File
	}),
	row(exitRegistry, func(e *reference.AuthError) string {
		if e.Ref == "" { // of login and logout, which say which file is meant
			return ""
		}
		return "credentials are read from the files of slimify, podman and docker login, or from --authfile alone: see docs/registries.md"
	}),
	row(exitRegistry, func(*reference.UnreachableError) string { return "" }),
	row(exitRegistry, func(*reference.RegistryError) string { return "" }),
	row(exitFailure, func(e *image.SpoolError) string {
		if e.Full() {
			return "the disk is full; choose another with --tmpdir"
		}
		return "choose a writable directory with --tmpdir"
	}),
	row(exitFailure, func(*reference.OutputError) string { return "" }),
	row(exitFailure, func(*reference.CorruptError) string { return "" }),
	row(exitFailure, func(*image.CorruptError) string { return "pull or build the image again; nothing was pushed" }),
	row(exitFailure, func(*build.AssemblyError) string {
		return "this is a fault of slimify: please report it; nothing was pushed"
	}),
}

// row matches errors of type E.
func row[E error](code int, hint func(E) string) func(error) (outcome, bool) {
	return func(err error) (outcome, bool) {
		var e E
		if !errors.As(err, &e) {
			return outcome{}, false
		}
		return outcome{code, hint(e)}, true
	}
}

// outcomeOf finds an error's exit code and hint.
func outcomeOf(ctx context.Context, err error) outcome {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return outcome{exitInterrupted, ""}
	}
	for _, match := range errorTable {
		if o, ok := match(err); ok {
			return o
		}
	}
	return outcome{exitFailure, ""}
}
