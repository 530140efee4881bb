package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/explain"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// explainFlags are the flags of slimify explain.
type explainFlags struct {
	settings.SelectionFlags
	output string
	all    bool
}

func newExplain(t *terminal.Terminal) *cobra.Command {
	var fl explainFlags
	cmd := &cobra.Command{
		Use:   "explain [flags] FAT WHAT",
		Short: "Show why something would be kept or dropped, with all evidence",
		Long: `explain shows whether slimify would keep or drop WHAT in FAT, and why. WHAT is an
absolute path or a glob (/opt/**), dist:NAME for a Python package, deb:NAME for a
Debian package, the name of a library (libpq.so.5), or the name of a package of
either kind. It writes nothing.`,
		Example: `  slimify explain app:1.0 /usr/bin/git
  slimify explain app:1.0 libpq.so.5
  slimify explain app:1.0 '/opt/**/*.json'
  slimify explain app:1.0 dist:flask`,
		Args: usage.Args("FAT", "WHAT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", output.Text, "format of the result on stdout: text, or json with every path")
	f.BoolVar(&fl.all, "all", false, "list every path, including those of the original base image (reads its layers)")
	fl.Add(f)
	return cmd
}

// run explains a question about an image.
func (fl *explainFlags) run(ctx context.Context, t *terminal.Terminal, fat, asked string) error {
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
	what, err := explain.ParseQuery(asked)
	if err != nil {
		return usage.Error{Cause: err}
	}
	x, err := assemble.Explain(ctx, src, what, assemble.ExplainOptions{Access: fl.Opts.Access, Choices: fl.Opts.Choices, All: fl.all})
	if err != nil {
		return err
	}
	if fl.output == output.JSON {
		return t.PrintJSON(x)
	}
	var doc bytes.Buffer
	text.PrintExplanation(&doc, x, fl.all)
	return t.Print(&doc)
}
