package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/golden"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/layers/layertest"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	testscript.Main(m, map[string]func(){"slimify": main})
}

// TestScripts runs the command line like a shell. Each script starts with what it tests.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       golden.Update(),
		Setup: func(env *testscript.Env) error {
			// Files of the machine must not have an effect.
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_RUNTIME_DIR", env.WorkDir+"/run")
			env.Setenv("TMPDIR", env.WorkDir+"/tmp")
			env.Setenv("SLIMIFY_CONFIG", "none")
			path, err := exec.LookPath("slimify")
			if err != nil {
				return err
			}
			env.Setenv("BIN", filepath.Dir(path)) // where slimify is and nothing else
			return os.Mkdir(env.WorkDir+"/tmp", 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"hub":         hub,
			"exit":        checkExit,
			"layouts":     layouts,
			"credentials": credentials,
			"lose":        lose,
			"proxyhub":    proxyhub,
			"metadata":    metadata,
		},
	})
}

// hub starts a registry with samples and names it in $HUB. With "auth" it requires user
// "user" and password "secret".
func hub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 || len(args) == 1 && args[0] != "auth" {
		ts.Fatalf("usage: hub [auth]")
	}
	auth := len(args) == 1
	inner, err := newSampleRegistry()
	ts.Check(err)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); auth && (user != "user" || password != "secret") {
			w.Header().Set("WWW-Authenticate", `Basic realm="hub"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	ts.Defer(srv.Close)
	ts.Setenv("HUB", strings.TrimPrefix(srv.URL, "http://"))
	ts.Setenv("SLIMIFY_BASE", strings.TrimPrefix(srv.URL, "http://")+"/library/python")
}

// lose writes an image without some of its paths: lose FROM TO PATH….
func lose(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: lose FROM TO PATH…")
	}
	session, err := reference.NewSession(reference.Options{})
	ts.Check(err)
	defer func() { ts.Check(session.Close()) }()
	from, err := reference.Parse(args[0])
	ts.Check(err)
	to, err := reference.Parse(args[1])
	ts.Check(err)
	src, err := session.Open(context.Background(), from)
	ts.Check(err)
	defer func() { ts.Check(src.Close()) }()
	var gone []layertest.Entry
	for _, p := range args[2:] {
		gone = append(gone, layertest.Whiteout(strings.TrimPrefix(p, "/")))
	}
	img, err := mutate.AppendLayers(src.Image, static.NewLayer(layertest.Tar(gone...), types.DockerUncompressedLayer))
	ts.Check(err)
	_, err = session.Write(context.Background(), to, img)
	ts.Check(err)
}

// layouts writes samples to OCI layouts, which have the same names in each run:
// oci:native:1, an application that needs files of its original base image, and
// oci:base:1, its slim base, which becomes the base of all runs.
func layouts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: layouts")
	}
	session, err := reference.NewSession(reference.Options{})
	ts.Check(err)
	defer func() { ts.Check(session.Close()) }()
	for name, image := range map[string]func(sample.Config) (v1.Image, error){"native": sample.Native, "base": sample.Base} {
		img, err := image(sample.Config{})
		ts.Check(err)
		ref, err := reference.Parse("oci:" + ts.MkAbs(name) + ":1")
		ts.Check(err)
		_, err = session.Write(context.Background(), ref, img)
		ts.Check(err)
	}
	ts.Setenv("SLIMIFY_BASE", "oci:base:1")
}

// credentials writes a file as docker login does: credentials FILE HOST BASE64.
func credentials(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: credentials FILE HOST BASE64")
	}
	doc := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, args[1], args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(doc), 0o600))
}

// checkExit runs slimify and checks its status: exit 4 slimify --base … FAT SLIM.
func checkExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit STATUS COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := "0"
	if err != nil {
		status = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if status != args[0] {
		ts.Fatalf("exit status %s, want %s", status, args[0])
	}
}
