package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
)

// verifyFlags are the flags of slimify verify.
type verifyFlags struct {
	settings.ImageFlags
	output  string
	against string
	run     runFlags
}

func newVerify(t *terminal.Terminal) *cobra.Command {
	var fl verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [flags] IMAGE [-- COMMAND...]",
		Short: "Check an image for what would break it",
		Long: `verify reads all layers of an image and checks it for what would break it: missing
shared libraries, interpreters, programs, modules and accounts. It works on any
image. Files of Debian packages are trusted.

With --against, problems that FAT has too are no failures, and what works in FAT
must work here. slimify makes the same checks before each push.

` + runHelp,
		Example: `  slimify verify app:1.0-slim
  slimify verify app:1.0-slim --against app:1.0
  slimify verify app:1.0-slim --against app:1.0 --run
  slimify verify app:1.0-slim --run -- python -m pytest`,
		Args: fl.run.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.verify(cmd.Context(), t, args)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", output.Text, "format of the result on stdout: text or json")
	f.StringVar(&fl.against, "against", "", "original image: problems that it has too are no failures")
	fl.run.add(f)
	fl.Add(f)
	return cmd
}

// verify checks an image.
func (fl *verifyFlags) verify(ctx context.Context, t *terminal.Terminal, args []string) error {
	if err := fl.Finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, output.Text, output.JSON); err != nil {
		return err
	}
	run, err := fl.run.options(t, args[1:])
	if err != nil {
		return err
	}
	ref, err := reference.Parse(args[0])
	if err != nil {
		return err
	}
	var against reference.Ref
	if fl.against != "" {
		if against, err = reference.Parse(fl.against); err != nil {
			return err
		}
	}
	v, err := assemble.Verify(ctx, ref, against, assemble.VerifyOptions{Access: fl.Opts.Access, Platforms: fl.Opts.Platforms, Run: run})
	if err != nil {
		return err
	}
	if err := fl.print(t, v); err != nil {
		return err
	}
	if v.Failed() {
		return &exit.VerifyError{Verification: v}
	}
	return nil
}

// print writes the verification to stdout.
func (fl *verifyFlags) print(t *terminal.Terminal, v *report.Verification) error {
	if fl.output == output.JSON {
		return t.PrintJSON(v)
	}
	var doc bytes.Buffer
	text.PrintVerification(&doc, v)
	return t.Print(&doc)
}
