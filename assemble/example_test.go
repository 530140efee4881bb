package assemble_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
)

// A sample image is slimmed from one OCI layout to another, onto a base in a
// third.
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

	rep, err := assemble.SlimRef(ctx, ref("fat"), ref("slim"), assemble.RefOptions{Choices: assemble.Choices{Base: ref("base")}})
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
