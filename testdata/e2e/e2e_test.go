// Package e2e runs slimify as a user would, on the lab's replicas of the
// official images, and looks at the results with tools that no one here wrote:
// skopeo, podman and umoci read them, runc runs them.
//
// `go test ./testdata/e2e` needs what testdata/lab needs (Debian, root, the
// network when it is cold) and skips with its reason where that is lacking.
package e2e

import (
	"os"
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Main(m)) }
