package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// slimFlags are the flags of the main command.
type slimFlags struct {
	settings.SelectionFlags
	output       string
	metadataFile string
	reports      []string
	digestFile   string
	freeze       string
	ifLarger     string
	gates        settings.GateFlags
	sbom         []output.BOMFile
	attach       settings.AttachFlags
}

func newSlim(t *terminal.Terminal) *cobra.Command {
	var fl slimFlags
	cmd := &cobra.Command{
		Use:   "slim [flags] FAT SLIM",
		Short: "Slim FAT and write SLIM (the default command)",
		Long: `slim is the default command. Name it if an image has the name of a command.

slimify reads FAT, verifies the slimmed image, and then writes it to SLIM. Standard
output gets one line, SLIM with its digest, or the report with -o json. FAT and SLIM
may be the same.`,
		Example: `  slimify slim plan plan-slim
  slimify slim --tag app:latest-slim app:1.0 app:1.0-slim`,
		Args: usage.Args("FAT", "SLIM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	fl.define(cmd.Flags())
	return cmd
}

// define defines the flags.
func (fl *slimFlags) define(f *pflag.FlagSet) {
	settings.AddStrict(f, &fl.Opts)
	f.Var(settings.ListValue[reference.Ref]{To: &fl.Opts.Tags, Parse: reference.Parse, What: "ref"}, "tag", "also write the result to this reference (repeatable)")
	f.BoolVar(&fl.Opts.DryRun, "dry-run", false, "do everything except writing the result; print its digest")
	f.StringVarP(&fl.output, "output", "o", output.Text, "format of the result on stdout: text (one line), json or markdown")
	f.StringVar(&fl.metadataFile, "metadata-file", "", "write the JSON report to this file")
	f.StringArrayVar(&fl.reports, "report", nil, "write a report to this file: .html, .json or .md (repeatable)")
	f.StringVar(&fl.digestFile, "digest-file", "", "write the digest of the result to this file")
	f.StringVar(&fl.freeze, "freeze", "", "write the Python packages to this file as requirements for pip, pinned by version and by the hashes that the image records")
	f.StringVar((*string)(&fl.Opts.Compression), "compression", "gzip", "compression of new layers: gzip or zstd")
	f.StringVar(&fl.ifLarger, "if-larger", "fail", "if the result would be larger than FAT: fail, or copy FAT")
	f.Var(settings.ListValue[output.BOMFile]{To: &fl.sbom, Parse: output.ParseBOMFile, What: "file"}, "sbom", "write an SBOM of the result to this file: *.spdx.json or *.cdx.json (repeatable)")
	fl.attach.Add(f)
	fl.gates.Add(f)
	fl.Add(f)
}

// check turns the flags into options.
func (fl *slimFlags) check(t *terminal.Terminal) (err error) {
	if err := fl.Finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, output.Text, output.JSON, output.Markdown); err != nil {
		return err
	}
	if err := output.CheckReports(fl.reports, fl.output, &fl.Opts); err != nil {
		return err
	}
	if fl.Opts.CopyIfLarger, err = copyIfLarger(fl.ifLarger); err != nil {
		return err
	}
	if fl.Opts.Gates, err = fl.gates.Parse(); err != nil {
		return err
	}
	fl.Opts.Freeze = fl.freeze != ""
	for _, f := range fl.sbom {
		fl.Opts.Documents = append(fl.Opts.Documents, f.Form)
	}
	fl.Opts.Attach, err = fl.attach.Parse()
	return err
}

// run slims an image.
func (fl *slimFlags) run(ctx context.Context, t *terminal.Terminal, fat, slim string) error {
	if err := fl.check(t); err != nil {
		return err
	}
	src, err := reference.Parse(fat)
	if err != nil {
		return err
	}
	dst, err := reference.Parse(slim)
	if err != nil {
		return err
	}
	// Output files are created before the work, not after the push: a path that cannot
	// be written must fail early.
	paths := append([]string{fl.metadataFile, fl.digestFile, fl.freeze}, fl.reports...)
	for _, f := range fl.sbom {
		paths = append(paths, f.Path)
	}
	if err := output.CheckImages(paths, append([]reference.Ref{src, dst}, fl.Opts.Tags...)...); err != nil {
		return err
	}
	files, err := output.Create(paths...)
	if err != nil {
		return err
	}
	defer files.Discard()

	rep, err := assemble.SlimRef(ctx, src, dst, fl.Opts)
	var failed *gate.Error
	if errors.As(err, &failed) && rep != nil { // the report shows why
		return errors.Join(err, output.WriteReports(rep, files, fl.metadataFile, fl.reports))
	}
	if err != nil {
		return err
	}
	return fl.print(t, rep, files)
}

// copyIfLarger parses --if-larger.
func copyIfLarger(flag string) (bool, error) {
	if flag != "fail" && flag != "copy" {
		return false, usage.Errorf("--if-larger %s: choose fail or copy", flag)
	}
	return flag == "copy", nil
}

// print writes the result and the output files.
func (fl *slimFlags) print(t *terminal.Terminal, rep *report.Report, files output.Files) error {
	if err := output.WriteReports(rep, files, fl.metadataFile, fl.reports); err != nil {
		return err
	}
	if err := files.Write(fl.digestFile, []byte(rep.Result.Digest.String()+"\n")); err != nil {
		return err
	}
	for _, f := range fl.sbom {
		if err := files.WriteEach(f.Path, f.End, f.Documents(rep)); err != nil {
			return err
		}
	}
	if err := files.WriteEach(fl.freeze, filepath.Ext(fl.freeze), rep.Frozen); err != nil {
		return err
	}
	if !fl.Quiet {
		if t.Records != nil {
			text.LogSummary(t.Records, rep, fl.Opts.DryRun)
		} else {
			text.PrintSummary(t.Stderr, rep, fl.Opts.DryRun, t.Palette)
		}
		text.LogWarnings(fl.Opts.Log, rep.Warnings, fl.Verbose || !t.Interactive())
	}
	if fl.output != output.Text {
		return output.WriteReport(t.Stdout, rep, fl.output)
	}
	_, err := fmt.Fprintln(t.Stdout, rep.Result.Ref)
	return err
}
