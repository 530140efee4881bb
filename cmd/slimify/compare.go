package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/report"
)

// compareFlags are the flags of slimify compare.
type compareFlags struct {
	common
	output string
	gates  gateFlags
}

func newCompare(t *terminal) *cobra.Command {
	var fl compareFlags
	cmd := &cobra.Command{
		Use:   "compare [flags] BEFORE AFTER",
		Short: "Compare two images: sizes, layers, distributions, packages, configuration",
		Long: `compare reads all layers of two images and tells how they differ. They need not
be images that slimify made. Of indexes it compares the platforms that both have.
With --max-size or --min-saving it prints all the same, and fails if AFTER exceeds them.`,
		Example: `  slimify compare app:1.0 app:1.0-slim
  slimify compare --platform linux/arm64 -o json python:3.9 python:3.9-slim
  slimify compare --max-size 200MB app:1.0 app:1.1`,
		Args: exactArgs("BEFORE", "AFTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text, json or markdown")
	fl.gates.add(f)
	fl.add(f)
	return cmd
}

func (fl *compareFlags) run(ctx context.Context, t *terminal, before, after string) error {
	if err := fl.finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, formText, formJSON, formMarkdown); err != nil {
		return err
	}
	gates, err := fl.gates.parse()
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
	c, err := assemble.Compare(ctx, b, a, fl.opts)
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

// print writes a comparison to stdout in the form that was asked for.
func (fl *compareFlags) print(t *terminal, c *assemble.Comparison) error {
	if fl.output == formJSON {
		return t.printJSON(c)
	}
	var doc bytes.Buffer
	if fl.output == formMarkdown {
		text, err := report.CompareMarkdown(c)
		if err != nil {
			return err
		}
		doc.Write(text)
	} else {
		printComparison(&doc, c)
	}
	return t.print(&doc)
}
