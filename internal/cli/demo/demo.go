// Package demo slims a sample image on an embedded registry.
package demo

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

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/cli/output"
	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/sample"
)

// stopTime is how long the registry waits for open requests when it stops.
const stopTime = 2 * time.Second

// Run slims the sample, explains each step on out, and prints the result on stdout. The
// slim image and its report page go to dir.
func Run(ctx context.Context, stdout, out io.Writer, dir string) (err error) {
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

	fmt.Fprintf(out, "A registry runs on %s until this command ends. It has two sample images:\n\n", host)
	if err := pushSamples(ctx, out, []sampleImage{
		{app, sample.Fat, "FROM python:3.9, COPY . /app, RUN pip install flask"},
		{base, sample.Base, "the slim image of the same Python version"},
	}); err != nil {
		return err
	}
	rep, err := slimAndCompare(ctx, out, host, app, slim)
	if err != nil {
		return err
	}

	// A result of slimify is not slimmed again: this copies it.
	printCommand(out, "slimify %s %s", slim, layout)
	copied, err := assemble.SlimRef(ctx, slim, layout, options(host))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "copied: the image is slim already\n\n")
	page := filepath.Join(dir, "report.html")
	if err := writePage(page, rep); err != nil {
		return err
	}
	fmt.Fprintf(out, "Report page, to open in a browser: %s\n\n", page)
	fmt.Fprintf(out, "The registry has stopped. The slim image is in %s. To inspect it:\n\n", dir)
	fmt.Fprintf(out, "  ls %s/blobs/sha256\n  skopeo copy %s dir:copy\n\n", dir, layout)
	_, err = fmt.Fprintln(stdout, copied.Result.Ref)
	return err
}

// options are those of all runs. The registry is a mirror of Docker Hub, from which the
// base comes by default.
func options(host string) assemble.RefOptions {
	mirrors := map[string]string{"docker.io": host}
	return assemble.RefOptions{Access: image.Access{Session: reference.Options{Mirrors: mirrors}}, Picture: true}
}

// slimAndCompare slims app, and compares it with the result.
func slimAndCompare(ctx context.Context, out io.Writer, host string, app, slim reference.Ref) (*report.Report, error) {
	opts := options(host)
	printCommand(out, "slimify --registry-mirror docker.io=%s %s %s", host, app, slim)
	rep, err := assemble.SlimRef(ctx, app, slim, opts)
	if err != nil {
		return nil, err
	}
	text.PrintSummary(out, rep, false, false)

	printCommand(out, "slimify compare %s %s", app, slim)
	comparison, err := assemble.Compare(ctx, app, slim, assemble.CompareOptions{Access: opts.Access})
	if err != nil {
		return nil, err
	}
	text.PrintComparison(out, comparison)
	return rep, nil
}

// writePage writes the report as a page.
func writePage(file string, rep *report.Report) error {
	files, err := output.Create(file)
	if err != nil {
		return err
	}
	defer files.Discard()
	return output.WriteReports(rep, files, "", []string{file})
}

// printCommand shows the printCommand line of the next step.
func printCommand(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, "\n$ "+format+"\n\n", args...)
}

// sampleImage is an image to push.
type sampleImage struct {
	ref  reference.Ref
	make func(sample.Config) (v1.Image, error)
	text string
}

// pushSamples pushes images, and describes each on out.
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

// serveRegistry starts a registry in memory on a free loopback port. stop stops it.
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
		// A canceled run still stops its server.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
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
