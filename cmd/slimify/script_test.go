package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/sample"
	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/layers/layertest"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	testscript.Main(m, map[string]func(){"slimify": main})
}

// TestScripts runs the command line as a shell would. Each script begins with
// what it guards.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *updateGolden,
		Setup: func(env *testscript.Env) error {
			// No file of the machine's own may play a part.
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
			"exit":        exit,
			"layouts":     layouts,
			"credentials": credentials,
			"lose":        lose,
			"proxyhub":    proxyhub,
			"metadata":    metadata,
		},
	})
}

// hub starts a registry with samples and names it in $HUB: app:fat,
// library/python:3.9.2-slim-bullseye, library/python:3.10-slim, and go:1, which
// has no Python. With "auth" it asks for user "user" and password "secret".
func hub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 || len(args) == 1 && args[0] != "auth" {
		ts.Fatalf("usage: hub [auth]")
	}
	auth := len(args) == 1
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	open := httptest.NewServer(inner)
	defer open.Close()
	push(ts, strings.TrimPrefix(open.URL, "http://"))
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

// layouts writes samples to OCI layouts, whose names are the same in each run:
// oci:native:1, an application that needs something of its own base, and
// oci:base:1, the slim image to put it on, which becomes the base of all runs.
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

// The samples are made once: that takes longer than slimming one.
var (
	fatSample       = sync.OnceValues(func() (v1.Image, error) { return sample.Fat(sample.Config{}) })
	baseSample      = sync.OnceValues(func() (v1.Image, error) { return sample.Base(sample.Config{}) })
	laterBaseSample = sync.OnceValues(func() (v1.Image, error) { return sample.Base(sample.Config{Version: "3.10.1"}) })
)

// push puts the samples to a registry.
func push(ts *testscript.TestScript, host string) {
	session, err := reference.NewSession(reference.Options{})
	ts.Check(err)
	defer func() { ts.Check(session.Close()) }()
	for name, image := range map[string]func() (v1.Image, error){
		"app:fat":                            fatSample,
		"library/python:3.9.2-slim-bullseye": baseSample,
		"library/python:3.10-slim":           laterBaseSample,
		"library/plan:latest":                fatSample,
		"go:1":                               func() (v1.Image, error) { return empty.Image, nil },
	} {
		img, err := image()
		ts.Check(err)
		ref, err := reference.Parse(host + "/" + name)
		ts.Check(err)
		_, err = session.Write(context.Background(), ref, img)
		ts.Check(err)
	}
}

// exit runs slimify and checks its status: exit 4 slimify --base … FAT SLIM.
func exit(ts *testscript.TestScript, neg bool, args []string) {
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
