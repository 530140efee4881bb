package assemble_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

// An image of the program is slimmed onto a base. The images here are samples: others come
// from remote.Image, tarball.ImageFromPath, or a build.
func ExampleSlim() {
	fat, err := sample.Fat(sample.Config{})
	if err != nil {
		panic(err)
	}
	base, err := sample.Base(sample.Config{})
	if err != nil {
		panic(err)
	}

	slim, rep, err := assemble.Slim(context.Background(), fat, base, assemble.Options{})
	if err != nil {
		panic(err)
	}
	config, err := slim.ConfigFile()
	if err != nil {
		panic(err)
	}
	fmt.Println("command:", config.Config.Cmd)
	p := rep.Platforms[0]
	fmt.Println("verified:", p.Verify.Status)
	fmt.Println("at least four times smaller:", p.Bytes.Compressed.After*4 < p.Bytes.Compressed.Before)
	// Output:
	// command: [python app.py]
	// verified: pass
	// at least four times smaller: true
}

// An image is slimmed from one OCI layout to another, onto a base in a third.
func ExampleSlimRef() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ref := func(name string) reference.Ref {
		r, err := reference.Parse("oci:" + filepath.Join(dir, name) + ":latest")
		if err != nil {
			panic(err)
		}
		return r
	}
	session, err := reference.NewSession(reference.Options{})
	if err != nil {
		panic(err)
	}
	defer session.Close()
	ctx := context.Background()
	for name, make := range map[string]func(sample.Config) (v1.Image, error){"fat": sample.Fat, "base": sample.Base} {
		img, err := make(sample.Config{})
		if err != nil {
			panic(err)
		}
		if _, err := session.Write(ctx, ref(name), img); err != nil {
			panic(err)
		}
	}

	rep, err := assemble.SlimRef(ctx, ref("fat"), ref("slim"), assemble.RefOptions{Choices: analyze.Choices{Base: ref("base")}})
	if err != nil {
		panic(err)
	}
	p := rep.Platforms[0]
	fmt.Println(p.Platform, "verified:", p.Verify.Status)
	for _, d := range p.Distributions[:3] {
		fmt.Println("kept", d.Name, d.Version)
	}
	fmt.Println("at least four times smaller:", p.Bytes.Compressed.After*4 < p.Bytes.Compressed.Before)
	// Output:
	// linux/amd64 verified: pass
	// kept MarkupSafe 3.0.2
	// kept blinker 1.9.0
	// kept click 8.1.7
	// at least four times smaller: true
}
