package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// slimFlags are the flags of the main command.
type slimFlags struct {
	choosing
	output       string
	metadataFile string
	reports      []string
	digestFile   string
	freeze       string
	ifLarger     string
	gates        gateFlags
	sbom         []bomFile
	attach       attachFlags
}

func newSlim(t *terminal) *cobra.Command {
	var fl slimFlags
	cmd := &cobra.Command{
		Use:   "slim [flags] FAT SLIM",
		Short: "Slim FAT and write SLIM: what slimify does without a command",
		Long: `slim is what slimify does without a command. With it, images may have names that
are commands' names too.

FAT is read, and the image that it was slimmed to is verified before it is written
to SLIM. Standard output gets one line: SLIM with its digest, or with -o json the
report. FAT and SLIM may be the same.`,
		Example: `  slimify slim plan plan-slim
  slimify slim --tag app:latest-slim app:1.0 app:1.0-slim`,
		Args: exactArgs("FAT", "SLIM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fl.run(cmd.Context(), t, args[0], args[1])
		},
	}
	fl.define(cmd.Flags())
	return cmd
}

func (fl *slimFlags) define(f *pflag.FlagSet) {
	addStrict(f, &fl.opts)
	f.Var(listValue[reference.Ref]{&fl.opts.Tags, reference.Parse, "ref"}, "tag", "write the result to this reference too (repeatable)")
	f.BoolVar(&fl.opts.DryRun, "dry-run", false, "do all but write the result; print the digest that it would have")
	f.StringVarP(&fl.output, "output", "o", "text", "form of the result on stdout: text (one line), json or markdown")
	f.StringVar(&fl.metadataFile, "metadata-file", "", "write the JSON report to this file")
	f.StringArrayVar(&fl.reports, "report", nil, "write a report to this file: .html, .json or .md (repeatable)")
	f.StringVar(&fl.digestFile, "digest-file", "", "write the result's digest to this file")
	f.StringVar(&fl.freeze, "freeze", "", "write the distributions to this file as requirements for pip, pinned by version and by the hashes that the image tells")
	f.StringVar((*string)(&fl.opts.Compression), "compression", "gzip", "compression of the layers that are written: gzip or zstd")
	f.StringVar(&fl.ifLarger, "if-larger", "fail", "what to do when the result would be larger than FAT: fail or copy")
	f.Var(listValue[bomFile]{&fl.sbom, parseBOMFile, "file"}, "sbom", "write a bill of materials of the result to this file: *.spdx.json or *.cdx.json (repeatable)")
	fl.attach.add(f)
	fl.gates.add(f)
	fl.add(f)
}

// check turns flags into options.
func (fl *slimFlags) check(t *terminal) (err error) {
	if err := fl.finish(t); err != nil {
		return err
	}
	if err := checkOutput(fl.output, formText, formJSON, formMarkdown); err != nil {
		return err
	}
	if err := checkReports(fl.reports, fl.output, &fl.opts); err != nil {
		return err
	}
	if fl.opts.CopyIfLarger, err = copyIfLarger(fl.ifLarger); err != nil {
		return err
	}
	if fl.opts.Gates, err = fl.gates.parse(); err != nil {
		return err
	}
	fl.opts.Freeze = fl.freeze != ""
	for _, f := range fl.sbom {
		fl.opts.Documents = append(fl.opts.Documents, f.form)
	}
	fl.opts.Attach, err = fl.attach.parse()
	return err
}

func (fl *slimFlags) run(ctx context.Context, t *terminal, fat, slim string) error {
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
	// Files of the result are made before the work and not after the push: a
	// path that cannot be written must not be found out when all is done.
	paths := append([]string{fl.metadataFile, fl.digestFile, fl.freeze}, fl.reports...)
	for _, f := range fl.sbom {
		paths = append(paths, f.path)
	}
	if err := checkImages(paths, append([]reference.Ref{src, dst}, fl.opts.Tags...)...); err != nil {
		return err
	}
	files, err := createAll(paths...)
	if err != nil {
		return err
	}
	defer files.discard()

	rep, err := assemble.SlimRef(ctx, src, dst, fl.opts)
	var gate *assemble.GateError
	if errors.As(err, &gate) && rep != nil { // that is when one wants to read of it
		return errors.Join(err, writeReports(rep, files, fl.metadataFile, fl.reports))
	}
	if err != nil {
		return err
	}
	return fl.print(t, rep, files)
}

// copyIfLarger reads --if-larger.
func copyIfLarger(flag string) (bool, error) {
	if flag != "fail" && flag != "copy" {
		return false, usagef("--if-larger %s: choose fail or copy", flag)
	}
	return flag == "copy", nil
}

// print writes the report to where the flags say.
func (fl *slimFlags) print(t *terminal, rep *report.Report, files outputFiles) error {
	if err := writeReports(rep, files, fl.metadataFile, fl.reports); err != nil {
		return err
	}
	if err := files.write(fl.digestFile, []byte(rep.Result.Digest.String()+"\n")); err != nil {
		return err
	}
	for _, f := range fl.sbom {
		if err := files.writeEach(f.path, f.end, f.of(rep)); err != nil {
			return err
		}
	}
	if err := files.writeEach(fl.freeze, filepath.Ext(fl.freeze), rep.Frozen); err != nil {
		return err
	}
	if !fl.quiet {
		if t.records != nil {
			record(t.records, rep, fl.opts.DryRun)
		} else {
			summarize(t.stderr, rep, fl.opts.DryRun, t.colour)
		}
		fl.warn(t, rep.Warnings)
	}
	if fl.output != formText {
		return writeReport(t.stdout, rep, fl.output)
	}
	_, err := fmt.Fprintln(t.stdout, rep.Result.Ref)
	return err
}
