package main

import (
	"crypto/x509"
	"os"
	"os/exec"
	"testing"
)

// slimify knows public authorities on a machine without certificates, such as an image with only slimify.
func TestRootsWithoutMachine(t *testing.T) {
	t.Parallel()
	if os.Getenv("SSL_CERT_DIR") != "/nonexistent" {
		// They are read once in a process.
		again := exec.Command(os.Args[0], "-test.run=^TestRootsWithoutMachine$")
		again.Env = append(os.Environ(), "SSL_CERT_FILE=/nonexistent", "SSL_CERT_DIR=/nonexistent")
		if out, err := again.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	if pool.Equal(x509.NewCertPool()) {
		t.Error("no authority is trusted")
	}
}
