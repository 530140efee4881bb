package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
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
		Short: "Look in an image for what would break it",
		Long: `verify reads all layers of an image and looks for what would break it: libraries
that no loader finds, interpreters, programs and modules that are not there,
accounts that nobody has. It need not be an image that slimify made. What Debian
packages brought is trusted.

With --against, what is amiss in that image too is no failure, and what works
there must work here. slimify makes the same checks before each push.

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
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text or json")
	f.StringVar(&fl.against, "against", "", "image that it was made of: what is amiss there too is no failure")
	fl.run.add(f)
	fl.Add(f)
	return cmd
}

func (fl *verifyFlags) verify(ctx context.Context, t *terminal.Terminal, args []string) error {
	if err := fl.Finish(t); err != nil {
		return err
	}
	if fl.output != "text" && fl.output != "json" {
		return usage.Errorf("--output %s: choose text or json", fl.output)
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
	v, err := assemble.Verify(ctx, ref, against, fl.Opts, run)
	if err != nil {
		return err
	}
	if err := fl.print(t, v); err != nil {
		return err
	}
	if v.Failed() {
		return &exit.VerificationFailedError{Verification: v}
	}
	return nil
}

// print writes the verification to stdout.
func (fl *verifyFlags) print(t *terminal.Terminal, v *assemble.Verification) error {
	var doc bytes.Buffer
	if fl.output == "json" {
		enc := json.NewEncoder(&doc)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("encoding the verification: %w", err)
		}
	} else {
		text.PrintVerification(&doc, v)
	}
	if _, err := t.Stdout.Write(doc.Bytes()); err != nil {
		return fmt.Errorf("writing the verification: %w", err)
	}
	return nil
}
