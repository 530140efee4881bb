package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/config"
)

// newRoot makes the command tree.
func newRoot(t *terminal) *cobra.Command {
	slim := newSlim(t)
	root := &cobra.Command{
		Use:   "slimify [flags] FAT SLIM",
		Short: "Make a slim Python image of a fat one, without Docker and without a rebuild",
		Long: `slimify takes a Python image that was built in one stage (FROM python:3.9, pip
install, COPY) and makes the image that a careful multi-stage build would have
made: its distributions and application on the matching python:X.Y-slim.

Images are names in registries, oci:DIR[:TAG], oci-archive:FILE[:TAG] or
docker-archive:FILE[:REF].`,
		Example: `  slimify registry.example.com/app:1.0 registry.example.com/app:1.0-slim
  slimify docker-archive:app.tar oci:slim:1.0
  slimify --dry-run -o json app:1.0 app:1.0-slim
  slimify plan app:1.0
  slimify explain app:1.0 libpq.so.5
  slimify demo`,
		Args:          suggesting(slim.Args),
		RunE:          suspecting(slim.RunE),
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		// How many letters of a command's name may be wrong.
		SuggestionsMinimumDistance: 2,
		CompletionOptions: cobra.CompletionOptions{
			HiddenDefaultCmd: false,
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(printUsage)
	root.Flags().AddFlagSet(slim.Flags())
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		s, err := configure(cmd)
		if run := cmd.RunE; run != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error { return s.explain(run(cmd, args)) }
		}
		return err
	}
	root.SetVersionTemplate("slimify {{.Version}}\n")
	root.AddCommand(newTopics()...)
	root.AddCommand(slim, newPlan(t), newExplain(t), newCompare(t), newVerify(t), newBatch(t), newLogin(t), newLogout(t), newDemo(t), newConfig(t), newVersion(t), newMan(t))
	root.SetHelpCommand(newHelp())
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		refineCompletion(c)
	}
	addCompletions(root)
	return root
}

// exactArgs asks for these arguments, by their names.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			missing := names[len(args):]
			return usagef("%s %s missing; usage: %s", strings.Join(missing, " and "), plural(len(missing), "is", "are"), cmd.UseLine())
		case len(args) > len(names):
			return usagef("%q is one argument too many; usage: %s", args[len(names)], cmd.UseLine())
		}
		return nil
	}
}

// suggesting adds to a complaint about arguments the command whose name the
// first of them nearly is: it was taken for an image.
func suggesting(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		err := args(cmd, given)
		if err == nil || len(given) == 0 {
			return err
		}
		if near := cmd.SuggestionsFor(given[0]); len(near) > 0 {
			return usagef("%q is no command, and %w; did you mean slimify %s?", given[0], err, near[0])
		}
		return err
	}
}

// suspecting does the same where the image that was not found has nearly a command's
// name: "slimify plna app:1" reads like FAT and SLIM.
func suspecting(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, given []string) error {
		err := run(cmd, given)
		var (
			absent      *reference.NotFoundError
			denied      *reference.AuthError
			unreachable *reference.UnreachableError
		)
		if !errors.As(err, &absent) && !errors.As(err, &denied) && !errors.As(err, &unreachable) {
			return err
		}
		if near := cmd.SuggestionsFor(given[0]); len(near) > 0 {
			return fmt.Errorf("%w; %q was taken for an image: did you mean slimify %s?", err, given[0], near[0])
		}
		return err
	}
}

// common are the flags that every command which reads images has.
type common struct {
	opts      assemble.RefOptions
	platforms []string
	mirrors   map[string]string
	noCache   bool
	quiet     bool
	verbose   bool
	logFormat string
	progress  string
}

func (c *common) add(f *pflag.FlagSet) {
	s := &c.opts.Session
	f.StringSliceVar(&c.platforms, "platform", nil, "only these platforms of an index, such as linux/arm64")
	f.StringVar(&s.AuthFile, "authfile", "", "file of credentials (default: what REGISTRY_AUTH_FILE names, else podman's and Docker's own)")
	f.StringSliceVar(&s.Insecure, "insecure-registry", nil, "host of a registry without TLS or with an unknown certificate (repeatable)")
	f.StringVar(&s.CAFile, "ca-file", "", "file of certificates to trust besides the system's")
	f.StringToStringVar(&c.mirrors, "registry-mirror", nil, "FROM=TO: pull images of registry FROM from host TO first (repeatable)")
	f.StringVar(&s.TempDir, "tmpdir", "", "directory for temporary files (default: the system's)")
	f.StringVar(&c.opts.CacheDir, "cache-dir", "", "directory that keeps what layers hold between runs (default: slimify in the user's cache)")
	f.BoolVar(&c.noCache, "no-cache", false, "read all layers that matter again, and keep nothing of them")
	f.IntVar(&s.Retry, "retry", 3, "how often a failed request is repeated")
	f.IntVar(&c.opts.Jobs, "jobs", 0, "layers read or written at once (default: the number of CPUs)")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "print the result and errors, nothing else")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "print each step and decision")
	f.StringVar(&c.logFormat, "log-format", "text", "form of messages on stderr: text or json")
	f.String(configFlag, "", "file of settings, or none (default: the first "+config.Name+" from here upward)")
	f.StringVar(&c.progress, "progress", progressAuto, "progress on stderr: bars on a terminal (auto), plain lines, or none")
}

// finish turns flags into options.
func (c *common) finish(t *terminal) error {
	s := &c.opts.Session
	s.Stdin = t.stdin
	s.Mirrors = c.mirrors
	s.Jobs = c.opts.Jobs
	s.UserAgent = "slimify/" + version()
	for _, name := range c.platforms {
		p, err := v1.ParsePlatform(name)
		if err != nil {
			return usagef("--platform %s: %w", name, err)
		}
		c.opts.Platforms = append(c.opts.Platforms, *p)
	}
	switch {
	case c.noCache:
		c.opts.CacheDir = ""
	case c.opts.CacheDir == "":
		// Without a home nothing is kept: that costs time only.
		if dir, err := os.UserCacheDir(); err == nil {
			c.opts.CacheDir = filepath.Join(dir, "slimify")
		}
	}
	if c.opts.Jobs < 0 {
		return usagef("--jobs %d: give a number that is not negative", c.opts.Jobs)
	}
	if c.opts.Session.Retry < 0 {
		return usagef("--retry %d: give a number that is not negative", c.opts.Session.Retry)
	}
	if c.quiet && c.verbose {
		return usagef("--quiet and --verbose exclude each other")
	}
	form, err := c.progressForm(t)
	if err != nil {
		return err
	}
	level := slog.LevelWarn
	switch {
	case c.verbose:
		level = slog.LevelDebug
	case form == progressPlain:
		level = slog.LevelInfo
	}
	switch c.logFormat {
	case "text":
		c.opts.Log = slog.New(newTextHandler(t.stderr, level, t.colour))
	case "json":
		records := func(level slog.Level) *slog.Logger {
			return slog.New(slog.NewJSONHandler(t.stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
		}
		c.opts.Log, t.records = records(level), records(slog.LevelInfo)
	default:
		return usagef("--log-format %s: choose text or json", c.logFormat)
	}
	s.Progress = t.show(form, c.opts.Log, c.logFormat)
	return nil
}

// choosing are the flags that decide what a slim image holds.
type choosing struct {
	common
	base    string
	fatBase string
}

func (c *choosing) add(f *pflag.FlagSet) {
	s := &c.opts.Select
	f.StringVar(&c.base, "base", "", "slim image to build on, or without a tag the repository to choose it from (default "+analyze.DefaultBase+")")
	f.StringVar(&c.fatBase, "fat-base", "", "official image that FAT was built on, where its history does not tell")
	f.Var(listValue[selection.Pattern]{&s.Keep, selection.ParsePattern, "what"}, "keep", "keep /GLOB, deb:NAME or dist:NAME whatever the rules say (repeatable)")
	f.Var(listValue[selection.Pattern]{&s.Drop, selection.ParsePattern, "what"}, "drop", "leave out /GLOB, deb:NAME or dist:NAME (repeatable; --keep wins)")
	f.BoolVar(&s.Minimal, "minimal", false, "keep distributions and the application's directory only")
	f.StringSliceVar(&s.Accept, "accept", nil, "ID of an undecided item that may stay behind, such as tool:git (repeatable)")
	c.common.add(f)
}

// finish turns flags into options.
func (c *choosing) finish(t *terminal) (err error) {
	if err := c.common.finish(t); err != nil {
		return err
	}
	if c.base != "" {
		if c.opts.Base, err = reference.Parse(c.base); err != nil {
			return fmt.Errorf("--base: %w", err)
		}
	}
	if c.fatBase != "" {
		if c.opts.FatBase, err = reference.Parse(c.fatBase); err != nil {
			return fmt.Errorf("--fat-base: %w", err)
		}
	}
	return nil
}

// addStrict adds the flag of the commands that can refuse an image.
func addStrict(f *pflag.FlagSet, opts *assemble.RefOptions) {
	f.BoolVar(&opts.Strict, "strict", false, "fail, and write nothing, if something is undecided")
}

// checkOutput checks the form of a result, which must be one of those.
func checkOutput(output string, forms ...string) error {
	if !slices.Contains(forms, output) {
		return usagef("--output %s: choose %s", output, english.WordSeries(forms, "or"))
	}
	return nil
}
