package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/page"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// compareFlags are the flags of slimify compare.
type compareFlags struct {
	settings.ImageFlags
	output string
	gates  settings.GateFlags
}

func newCompare(t *terminal.Terminal) *cobra.Command {
	var fl compareFlags
	cmd := &cobra.Command{
		Use:   "compare [flags] BEFORE AFTER",
		Short: "Compare two images: sizes, layers, packages, configuration",
		Long: `compare reads all layers of two images and shows how they differ. It works on any
images. Of multi-platform images it compares the platforms that both have. With
--max-size or --min-saving it prints the comparison, and fails if AFTER exceeds
them.`,
		Example: `  slimify compare app:1.0 app:1.0-slim
  slimify compare --platform linux/arm64 -o json python:3.9 python:3.9-slim
  slimify compare --max-size 200MB app:1.0 app:1.1`,
		Args: usage.Args("BEFORE", "AFTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", output.Text, "format of the result on stdout: text, json or markdown")
	fl.gates.Add(f)
	fl.Add(f)
	return cmd
}

// run compares two images.
func (fl *compareFlags) run(ctx context.Context, t *terminal.Terminal, before, after string) error {
	if err := fl.Finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, output.Text, output.JSON, output.Markdown); err != nil {
		return err
	}
	gates, err := fl.gates.Parse()
	if err != nil {
		return err
	}
	b, err := reference.Parse(before)
	if err != nil {
		return err
	}
	a, err := reference.Parse(after)
	if err != nil {
		return err
	}
	c, err := assemble.Compare(ctx, b, a, assemble.CompareOptions{Access: fl.Opts.Access, Platforms: fl.Opts.Platforms})
	if err != nil {
		return err
	}
	if err := fl.print(t, c); err != nil {
		return err
	}
	for _, p := range c.Platforms {
		if err := gates.Check(after, p.Platform, p.Compressed); err != nil {
			return err
		}
	}
	return nil
}

// print writes a comparison to stdout.
func (fl *compareFlags) print(t *terminal.Terminal, c *report.Comparison) error {
	if fl.output == output.JSON {
		return t.PrintJSON(c)
	}
	var doc bytes.Buffer
	if fl.output == output.Markdown {
		markdown, err := page.CompareMarkdown(c)
		if err != nil {
			return err
		}
		doc.Write(markdown)
	} else {
		text.PrintComparison(&doc, c)
	}
	return t.Print(&doc)
}
