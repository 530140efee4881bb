// Command ownimage builds slimify's own image and writes it to any reference that
// slimify can write to: an index with an image per platform, each with a static
// program and little else.
//
//	go run ./internal/ownimage [--base IMAGE] [--platform P[,P]] REFERENCE…
//
// It is run in the root of the repository. The same commit, Go release and base give
// the same digest on every machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "ownimage: %v\n", err)
		os.Exit(1)
	}
}

// run builds the image, writes it to each reference and prints the results'
// digests.
func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	flags := flag.NewFlagSet("ownimage", flag.ContinueOnError)
	base := flags.String("base", "", "image to build on, for one with a shell (default: an empty one)")
	list := flags.String("platform", "linux/amd64,linux/arm64", "platforms of the index")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name a reference to write the image to")
	}
	platforms, err := parsePlatforms(*list)
	if err != nil {
		return err
	}
	dsts, err := parseAll(flags.Args())
	if err != nil {
		return err
	}
	session, err := reference.NewSession(reference.Options{Retry: 3})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	bases, done, err := openBase(ctx, session, *base)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()

	var built []v1.Image
	for _, p := range platforms {
		prog, err := compile(ctx, ".", p)
		if err != nil {
			return err
		}
		from, err := bases.image(p)
		if err != nil {
			return err
		}
		img, err := compose(from, prog, p)
		if err != nil {
			return fmt.Errorf("making the image for %s: %w", p, err)
		}
		built = append(built, img)
	}
	index, err := bundle(built, platforms)
	if err != nil {
		return err
	}
	for _, dst := range dsts {
		digest, err := session.Write(ctx, dst, index)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s@%s\n", dst.Repository(), digest); err != nil {
			return err
		}
	}
	return nil
}

func parsePlatforms(list string) ([]v1.Platform, error) {
	var out []v1.Platform
	for s := range strings.SplitSeq(list, ",") {
		p, err := v1.ParsePlatform(s)
		if err != nil {
			return nil, fmt.Errorf("platform %q: %w", s, err)
		}
		if p.OS != "linux" || p.Architecture == "" {
			return nil, fmt.Errorf("platform %q: write linux/ARCHITECTURE", s)
		}
		out = append(out, *p)
	}
	return out, nil
}

func parseAll(names []string) ([]reference.Ref, error) {
	var out []reference.Ref
	for _, s := range names {
		ref, err := reference.Parse(s)
		if err != nil {
			return nil, err
		}
		out = append(out, ref)
	}
	return out, nil
}
