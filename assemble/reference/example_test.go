package reference_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/slimify/slimify/assemble/reference"
)

// An image is written into an OCI layout and opened again.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ref, err := reference.Parse("oci:" + filepath.Join(dir, "app") + ":1.0")
	if err != nil {
		panic(err)
	}
	s, err := reference.NewSession(reference.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	if err := s.Writable(ctx, ref); err != nil {
		panic(err)
	}
	digest, err := s.Write(ctx, ref, empty.Image)
	if err != nil {
		panic(err)
	}
	src, err := s.Open(ctx, ref)
	if err != nil {
		panic(err)
	}
	defer src.Close()
	fmt.Println(src.Digest == digest, src.MediaType)
	// Output: true application/vnd.oci.image.manifest.v1+json
}

func ExampleParse() {
	for _, s := range []string{"docker://python:3.9", "oci:out:1.0", "docker-archive:app.tar:team/app:1.0", "oci:"} {
		ref, err := reference.Parse(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(ref.Transport(), ref.Repository(), ref.Tag())
	}
	// Output:
	// docker python 3.9
	// oci oci:out 1.0
	// docker-archive docker-archive:app.tar 1.0
	// image reference "oci:": the path is missing; write oci:PATH
}
