package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

// demoTime bounds how long the registry waits for requests at its end.
const demoTime = 2 * time.Second

func newDemo(t *terminal) *cobra.Command {
	var dir string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Slim a sample image, without a registry, Docker or a network",
		Long: `demo shows the main job on a sample: it starts a registry of its own on loopback,
puts miniatures of an application's image and of python:3.9.2-slim-bullseye
there, slims the one onto the other, compares both, and writes the result to a
directory, with a page that shows what was done. The registry ends with the
command.`,
		Example: `  slimify demo
  slimify demo --dir /tmp/demo`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := t.stderr
			if quiet {
				out = io.Discard
			}
			return demo(cmd.Context(), t.stdout, out, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "slimify-demo", "directory of the OCI layout to write the result to")
	f.BoolVarP(&quiet, "quiet", "q", false, "print the result and errors, nothing else")
	return cmd
}

// demo tells its story on out and prints the result on stdout.
func demo(ctx context.Context, stdout, out io.Writer, dir string) (err error) {
	layout, err := reference.Parse("oci:" + dir + ":slim")
	if err != nil {
		return err
	}
	host, stop, err := serveRegistry(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var refs [3]reference.Ref
	for i, name := range []string{"demo/app:fat", "demo/app:slim", "library/python:3.9.2-slim-bullseye"} {
		if refs[i], err = reference.Parse(host + "/" + name); err != nil {
			return err
		}
	}
	app, slim, base := refs[0], refs[1], refs[2]

	fmt.Fprintf(out, "A registry runs on %s while this command does. It gets two samples:\n\n", host)
	if err := pushSamples(ctx, out, []sampleImage{
		{app, sample.Fat, "FROM python:3.9, COPY . /app, RUN pip install flask"},
		{base, sample.Base, "the slim image of the same Python"},
	}); err != nil {
		return err
	}

	// As a mirror of Docker Hub the registry stands in for the one from which
	// the base comes when nobody says otherwise.
	mirrors := map[string]string{"docker.io": host}
	command(out, "slimify --registry-mirror docker.io=%s %s %s", host, app, slim)
	opts := assemble.RefOptions{Access: assemble.Access{Session: reference.Options{Mirrors: mirrors}}, Picture: true}
	rep, err := assemble.SlimRef(ctx, app, slim, opts)
	if err != nil {
		return err
	}
	summarize(out, rep, false, false)
	pictured := rep

	command(out, "slimify compare %s %s", app, slim)
	comparison, err := assemble.Compare(ctx, app, slim, assemble.CompareOptions{Access: opts.Access})
	if err != nil {
		return err
	}
	printComparison(out, comparison)

	// What slimify made it does not slim again: this copies.
	command(out, "slimify %s %s", slim, layout)
	if rep, err = assemble.SlimRef(ctx, slim, layout, opts); err != nil {
		return err
	}
	fmt.Fprintf(out, "copied as it is: it is slim already\n\n")
	page := filepath.Join(dir, "report.html")
	files, err := createAll(page)
	if err != nil {
		return err
	}
	defer files.discard()
	if err := writeReports(pictured, files, "", []string{page}); err != nil {
		return err
	}
	fmt.Fprintf(out, "What was done, as a page to open in a browser: %s\n\n", page)
	fmt.Fprintf(out, "The registry is gone now; the image is in %s. To look at it:\n\n", dir)
	fmt.Fprintf(out, "  ls %s/blobs/sha256\n  skopeo copy %s dir:copy\n\n", dir, layout)
	_, err = fmt.Fprintln(stdout, rep.Result.Ref)
	return err
}

// command shows the command line that does what comes next.
func command(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, "\n$ "+format+"\n\n", args...)
}

// sampleImage is an image to make and where to put it.
type sampleImage struct {
	ref  reference.Ref
	make func(sample.Config) (v1.Image, error)
	text string
}

func pushSamples(ctx context.Context, out io.Writer, images []sampleImage) (err error) {
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for _, s := range images {
		img, err := s.make(sample.Config{})
		if err != nil {
			return err
		}
		if _, err := session.Write(ctx, s.ref, img); err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s\n      %s\n", s.ref, s.text)
	}
	return nil
}

// serveRegistry starts a registry in memory on a free port of loopback. stop
// ends it.
func serveRegistry(ctx context.Context) (host string, stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("starting a registry: %w", err)
	}
	silent := log.New(io.Discard, "", 0)
	server := &http.Server{
		Handler: registry.New(registry.Logger(silent)), ErrorLog: silent, ReadHeaderTimeout: time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return listener.Addr().String(), func() error {
		// A canceled run still ends its server.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), demoTime)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		if serr := <-served; !errors.Is(serr, http.ErrServerClosed) {
			err = errors.Join(err, serr)
		}
		if err != nil {
			return fmt.Errorf("stopping the registry: %w", err)
		}
		return nil
	}, nil
}
