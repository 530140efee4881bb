package e2e

import (
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// The base's package manager goes on working on packages that were carried: what
// it finds, installs, upgrades and purges. The steps of debian/Dockerfile are the
// test.
func TestDebian(t *testing.T) {
	lab.Need(t)
	dst := lab.Registry() + "/e2e/debian:slim"
	digest := lab.Slim(t, lab.Build(t, "../corpus/graphviz", "corpus/graphviz:fat"), dst)
	lab.Build(t, "debian", "e2e/debian:after", "--build-arg=SLIM="+lab.Registry()+"/e2e/debian@"+digest)
}
