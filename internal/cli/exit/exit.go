// Package exit maps an error to its exit status and its hint, in one table.
package exit

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/batch"
	"github.com/slimify/slimify/internal/cli/configfile"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/sandbox"
)

// The exit codes are a contract.
const (
	Done        = 0
	Failure     = 1
	Usage       = 2
	Gate        = 3
	Registry    = 4
	Refused     = 5
	Interrupted = 130
)

// Status is an exit code with its meaning, for people.
type Status struct {
	Code    int
	Meaning string
}

// Statuses is the table that the help and the reference show.
func Statuses() []Status {
	return []Status{
		{Done, "done, or nothing to do"},
		{Failure, "unexpected failure"},
		{Usage, "wrong usage"},
		{Gate, "a gate or a verification failed, or something is undecided under --strict; nothing was pushed"},
		{Registry, "registry or authentication"},
		{Refused, "the image cannot be slimmed"},
		{Interrupted, "interrupted"},
	}
}

// SeeHelp is the hint of wrong usage, of whatever command.
const SeeHelp = "see slimify --help"

// moreTime is the hint of programs that were not done in time.
const moreTime = "give more time with --timeout"

// Outcome is what an error means to the caller.
type Outcome struct {
	Code int
	Hint string
}

// table maps errors to exit codes and hints. The first row that matches
// decides.
var table = []func(error) (Outcome, bool){
	// It wraps the errors of rows below.
	row(Registry, func(*assemble.AttachError) string {
		return "run the same command again: what is in place is not written twice"
	}),
	row(Usage, func(e *configfile.Error) string {
		return cmp.Or(e.Way, "keys are the names of flags without dashes: see slimify --help; slimify config shows what is in force")
	}),
	row(Usage, func(usage.Error) string { return SeeHelp }),
	row(Usage, func(*reference.ParseError) string { return "" }),
	row(Usage, func(*reference.AmbiguousError) string { return "" }),
	row(Usage, func(*reference.OptionError) string { return "" }),
	row(Usage, func(e *extract.UnmatchedPatternError) string {
		if e.Flag == "accept" {
			return "slimify plan lists the undecided items with their IDs"
		}
		return "paths are absolute (/opt/**), packages deb:NAME, distributions dist:NAME; slimify compare shows what the image has"
	}),
	row(Usage, func(e *extract.UnknownWhatError) string {
		if len(e.Near) > 0 {
			return "did you mean " + strings.Join(e.Near, " or ") + "?"
		}
		return "give an absolute path or glob, dist:NAME, deb:NAME, or a library's name; slimify plan shows what the image has"
	}),
	row(Gate, func(e *assemble.UndecidedError) string {
		ways := make([]string, len(e.Items))
		for i, u := range e.Items {
			ways[i] = text.Settle(u)
		}
		return strings.Join(ways, "; ")
	}),
	row(Gate, func(e *assemble.GateError) string {
		if e.TooLarge() {
			return "slimify plan lists what makes an image large; leave out with --drop WHAT, or raise --max-size"
		}
		return "slimify plan lists what makes an image large; leave out with --drop WHAT, or lower --min-saving"
	}),
	row(Gate, func(e *VerificationFailedError) string {
		if e.timedOut() {
			return moreTime
		}
		if e.Against == nil {
			return "--against FAT tells what worked in the image that it was made of"
		}
		return "slim " + e.Against.Ref + " again with --keep WHAT for what is missing"
	}),
	row(Gate, func(e *assemble.VerificationError) string {
		return "slimify explain " + e.Ref + " PATH tells why a file was left behind; bring it with --keep WHAT, or leave out what needs it with --drop WHAT"
	}),
	row(Gate, func(e *sandbox.UnavailableError) string {
		if e.Machine != "" {
			return "choose this machine's platform of the image with --platform"
		}
		return "install bubblewrap (bwrap), or allow user namespaces: see the settings user.max_user_namespaces and kernel.unprivileged_userns_clone"
	}),
	row(Gate, func(*sandbox.UnreachableError) string {
		return "choose a directory that every user can reach with --tmpdir, or run slimify as an ordinary user"
	}),
	row(Gate, func(*assemble.TimeoutError) string { return moreTime }),
	row(Gate, func(*batch.FailedError) string {
		return "run the same batch again when the causes are gone: pairs that are done cost a few requests each"
	}),
	row(Gate, func(*assemble.NoUserError) string { return "" }),
	row(Gate, func(*assemble.NothingToRunError) string { return "name a command after --" }),
	row(Refused, func(e *extract.MismatchError) string { return e.Way }),
	row(Refused, func(*extract.InterpreterError) string {
		return "make the environment in the image, with its own Python: RUN python -m venv DIR"
	}),
	row(Refused, func(*extract.NoPythonError) string {
		return "slimify works on images built FROM python:X.Y; rebuild on one of those"
	}),
	row(Refused, func(*reference.UnsupportedError) string { return "" }),
	row(Refused, func(*assemble.PlatformError) string { return "choose from those it has with --platform" }),
	row(Refused, func(*assemble.LargerError) string {
		return "the image is slim already; --if-larger copy writes it as it is"
	}),
	row(Registry, func(*assemble.NoBaseError) string {
		return "name a slim image with --base IMAGE, the repository that has them with --base HOST/python, or a mirror with --registry-mirror"
	}),
	row(Registry, func(*reference.NotFoundError) string { return "" }),
	row(Registry, func(e *reference.HelperError) string {
		if e.Missing {
			return "install it, or take it out of " + e.File
		}
		return "mend or unlock it, or take it out of " + e.File
	}),
	row(Registry, func(e *reference.AuthError) string {
		if e.Ref == "" { // of login and logout, which say which file is meant
			return ""
		}
		return "credentials are read from the files of slimify, podman and docker login, or from --authfile alone: see docs/registries.md"
	}),
	row(Registry, func(*reference.UnreachableError) string { return "" }),
	row(Registry, func(*reference.RegistryError) string { return "" }),
	row(Failure, func(e *assemble.SpoolError) string {
		if e.Full() {
			return "the disk is full; choose another with --tmpdir"
		}
		return "choose a writable directory with --tmpdir"
	}),
	row(Failure, func(*reference.OutputError) string { return "" }),
	row(Failure, func(*reference.CorruptError) string { return "" }),
	row(Failure, func(*assemble.CorruptError) string { return "pull or build the image again; nothing was pushed" }),
	row(Failure, func(*assemble.AssemblyError) string {
		return "this is a fault of slimify: please report it; nothing was pushed"
	}),
}

// row matches errors of type E.
func row[E error](code int, hint func(E) string) func(error) (Outcome, bool) {
	return func(err error) (Outcome, bool) {
		var e E
		if !errors.As(err, &e) {
			return Outcome{}, false
		}
		return Outcome{code, hint(e)}, true
	}
}

// Of finds an error's exit code and hint.
func Of(ctx context.Context, err error) Outcome {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return Outcome{Interrupted, ""}
	}
	for _, match := range table {
		if o, ok := match(err); ok {
			return o
		}
	}
	return Outcome{Failure, ""}
}
