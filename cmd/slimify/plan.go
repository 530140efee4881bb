package main

import (
	"bytes"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// planFlags are the flags of slimify plan.
type planFlags struct {
	settings.SelectionFlags
	output string
	all    bool
}

func newPlan(t *terminal.Terminal) *cobra.Command {
	var fl planFlags
	cmd := &cobra.Command{
		Use:   "plan [flags] FAT",
		Short: "Show what would be kept, added and dropped, and what needs a decision",
		Long: `plan shows which files of FAT slimify would keep, add and drop, grouped by reason,
and undecided items with the flags that resolve them. It writes nothing. Sizes of
the result are estimates.`,
		Example: `  slimify plan app:1.0
  slimify plan --minimal --keep deb:git app:1.0
  slimify plan -o json app:1.0`,
		Args: usage.Args("FAT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", output.Text, "format of the result on stdout: text, or json with every path")
	f.BoolVar(&fl.all, "all", false, "list every path, including those of the original base image (reads its layers)")
	settings.AddStrict(f, &fl.Opts)
	fl.Add(f)
	return cmd
}

// run plans an image.
func (fl *planFlags) run(ctx context.Context, t *terminal.Terminal, fat string) error {
	if err := fl.Finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, output.Text, output.JSON); err != nil {
		return err
	}
	src, err := reference.Parse(fat)
	if err != nil {
		return err
	}
	rep, err := assemble.Plan(ctx, src, assemble.PlanOptions{Access: fl.Opts.Access, Choices: fl.Opts.Choices, Strict: fl.Opts.Strict, All: fl.all})
	var undecided *gate.UndecidedError
	if err != nil && !errors.As(err, &undecided) {
		return err
	}
	// The plan lists the undecided items, so it is printed in this case too.
	var doc bytes.Buffer
	if fl.output == output.JSON {
		return errors.Join(t.PrintJSON(rep), err)
	}
	text.PrintPlan(&doc, rep, fl.all)
	return errors.Join(t.Print(&doc), err)
}
