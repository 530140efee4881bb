// Package exit maps an error to its exit status and its hint, in one table.
package exit

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/build"
	"github.com/slimify/slimify/assemble/document"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/trial"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/internal/batch"
	"github.com/slimify/slimify/internal/cli/configfile"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
	"github.com/slimify/slimify/internal/sandbox"
)

// Outcome is the exit status of an error, and a hint what to do; "" if the error says it.
type Outcome struct {
	Code int
	Hint string
}

// SeeHelp is the hint of wrong usage of any command.
const SeeHelp = "see slimify --help"

// moreTime is the hint of programs that timed out.
const moreTime = "allow more time with --timeout"

// table maps errors to exit statuses and hints. The first row that matches decides.
var table = []func(error) (Outcome, bool){
	// An AttachError wraps errors of rows below.
	row(Registry, func(*document.AttachError) string {
		return "run the same command again: it skips what is already written"
	}),
	row(Usage, func(e *configfile.Error) string {
		return cmp.Or(e.Hint, "keys are names of flags without dashes: see slimify --help; slimify config shows the settings in force")
	}),
	row(Usage, func(usage.Error) string { return SeeHelp }),
	row(Usage, func(*reference.ParseError) string { return "" }),
	row(Usage, func(*reference.AmbiguousError) string { return "" }),
	row(Usage, func(*reference.OptionError) string { return "" }),
	row(Usage, func(*system.DeviceError) string {
		return "the container runtime creates devices (docker run --device); keep only the other files with --keep"
	}),
	row(Usage, func(e *selection.UnmatchedPatternError) string {
		if e.Flag == "accept" {
			return "slimify plan lists the undecided items with their IDs"
		}
		return "give an absolute path (/opt/**), deb:NAME or dist:NAME; slimify compare shows what the image contains"
	}),
	row(Usage, func(e *explain.NotFoundError) string {
		if len(e.Near) > 0 {
			return "did you mean " + strings.Join(e.Near, " or ") + "?"
		}
		return "give an absolute path or glob, dist:NAME, deb:NAME, or the name of a library; slimify plan shows what the image contains"
	}),
	row(Gate, func(e *gate.UndecidedError) string {
		ways := make([]string, len(e.Items))
		for i, u := range e.Items {
			ways[i] = text.Resolve(u)
		}
		return strings.Join(ways, "; ")
	}),
	row(Gate, func(e *gate.Error) string {
		if e.TooLarge() {
			return "slimify plan lists the largest items; leave some out with --drop WHAT, or raise --max-size"
		}
		return "slimify plan lists the largest items; leave some out with --drop WHAT, or lower --min-saving"
	}),
	row(Gate, func(e *VerifyError) string {
		if e.timedOut() {
			return moreTime
		}
		if e.Against == nil {
			return "--against FAT ignores what is broken in the original image too"
		}
		return "slim " + e.Against.Ref + " again, with --keep WHAT for what is missing"
	}),
	row(Gate, func(e *assemble.VerificationError) string {
		return "slimify explain " + e.Ref + " PATH shows why a file was left behind; add it with --keep WHAT, or leave out what needs it with --drop WHAT"
	}),
	row(Gate, func(e *sandbox.UnavailableError) string {
		if e.Machine != "" {
			return "choose the platform of this machine with --platform"
		}
		return "install bubblewrap (bwrap), or allow user namespaces: see the settings user.max_user_namespaces and kernel.unprivileged_userns_clone"
	}),
	row(Gate, func(*sandbox.UnreachableError) string {
		return "choose a directory that every user can reach with --tmpdir, or run slimify as an ordinary user"
	}),
	row(Gate, func(*trial.TimeoutError) string { return moreTime }),
	row(Gate, func(*batch.FailedError) string {
		return "fix the errors and run it again; finished pairs are skipped"
	}),
	row(Gate, func(*trial.NoUserError) string { return "" }),
	row(Gate, func(*trial.NothingToRunError) string { return "name a command after --" }),
	row(Refused, func(e *official.MismatchError) string { return e.Way }),
	row(Refused, func(*python.InterpreterError) string {
		return "create the environment in the image, with the image's own Python: RUN python -m venv DIR"
	}),
	row(Refused, func(*ecosystem.NoRuntimeError) string {
		return "slimify works on images built FROM python:X.Y; rebuild the image on one of those"
	}),
	row(Refused, func(*reference.UnsupportedError) string { return "" }),
	row(Refused, func(*image.PlatformError) string { return "choose one of its platforms with --platform" }),
	row(Refused, func(*gate.LargerError) string {
		return "the image is slim already; --if-larger copy writes it unchanged"
	}),
	row(Registry, func(*analyze.NoBaseError) string {
		return "name a slim image with --base IMAGE, the repository of slim images with --base HOST/python, or a mirror with --registry-mirror"
	}),
	row(Registry, func(*reference.NotFoundError) string { return "" }),
	row(Registry, func(e *reference.HelperError) string {
		if e.Missing {
			return "install it, or remove it from " + e.File
		}
		return "repair or unlock it, or remove it from " + e.File
	}),
	row(Registry, func(e *reference.AuthError) string {
		if e.Ref == "" { // login and logout name the file in the error
			return ""
		}
		return "credentials are read from the files of slimify, podman and docker login, or from --authfile alone: see docs/registries.md"
	}),
	row(Registry, func(*reference.UnreachableError) string { return "" }),
	row(Registry, func(*reference.RegistryError) string { return "" }),
	row(Failure, func(e *image.SpoolError) string {
		if e.Full() {
			return "the disk is full; choose another directory with --tmpdir"
		}
		return "choose a writable directory with --tmpdir"
	}),
	row(Failure, func(*reference.OutputError) string { return "" }),
	row(Failure, func(*reference.CorruptError) string { return "" }),
	row(Failure, func(*image.CorruptError) string { return "pull or build the image again; nothing was pushed" }),
	row(Failure, func(*build.AssemblyError) string {
		return "this is a bug in slimify: please report it; nothing was pushed"
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

// Of returns the outcome of an error. When ctx has ended, the run was interrupted.
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
