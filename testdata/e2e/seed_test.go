package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// The seed case: the Flask application that people build today, in one stage
// and in two, and what slimify makes of the first.
func TestSeed(t *testing.T) {
	lab.Need(t)
	for _, python := range []string{"3.9", "3.11"} {
		t.Run(python, func(t *testing.T) {
			fat := lab.Registry() + "/seed/flask:" + python
			twoStage := fat + "-twostage"
			dst := lab.Registry() + "/seed/flask-slim:" + python
			digest := lab.Slim(t, fat, dst)

			t.Run("digest", func(t *testing.T) {
				got := lab.Tool(t, "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://"+dst)
				if got != digest {
					t.Errorf("the registry has %s, slimify said %s", got, digest)
				}
			})
			t.Run("size", func(t *testing.T) {
				before, two, after := lab.Size(t, fat), lab.Size(t, twoStage), lab.Size(t, dst)
				t.Logf("compressed: FAT %d, two stages %d, SLIM %d bytes", before, two, after)
				if after > two+two/100 {
					t.Errorf("SLIM has %d bytes, the two-stage image %d", after, two)
				}
				if after*5 > before {
					t.Errorf("SLIM has %d bytes, more than a fifth of FAT's %d", after, before)
				}
			})
			t.Run("unpacks", func(t *testing.T) {
				dir := t.TempDir()
				layout := filepath.Join(dir, "layout") + ":image"
				lab.Tool(t, "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://"+dst, "oci:"+layout)
				lab.Tool(t, "umoci", "unpack", "--image", layout, filepath.Join(dir, "bundle"))
				if _, err := os.Stat(filepath.Join(dir, "bundle/rootfs/usr/local/bin/flask")); err != nil {
					t.Error(err)
				}
			})
			t.Run("runs", func(t *testing.T) {
				c := lab.New(t, dst)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				if got := c.Get("http://127.0.0.1:5000/"); !strings.Contains(got, "Hello") {
					t.Errorf("GET / = %q", got)
				}
			})
			t.Run("console script", func(t *testing.T) {
				if out, err := lab.New(t, dst).Output("flask", "--version"); err != nil || !strings.Contains(out, "Flask") {
					t.Errorf("flask --version: %v\n%s", err, out)
				}
				// The control: the naive multi-stage copy loses it.
				if out, err := lab.New(t, twoStage).Output("flask", "--version"); err == nil {
					t.Errorf("flask --version works in the two-stage image: the test proves nothing\n%s", out)
				}
			})
			t.Run("same again", func(t *testing.T) {
				for _, args := range [][]string{
					{fat, dst}, {"--jobs", "1", fat, lab.Fresh("seed/elsewhere")},
					{"--no-cache", fat, lab.Fresh("seed/elsewhere")}, {"--dry-run", fat, lab.Registry() + "/not/written:x"},
					{fat, lab.Fresh("seed/elsewhere")},
				} {
					if got := lab.Slim(t, args...); got != digest {
						t.Errorf("slimify %v gave %s, not %s", args, got, digest)
					}
				}
			})
			t.Run("packages", func(t *testing.T) {
				c := lab.New(t, dst)
				for _, check := range [][]string{
					{"pip", "check"}, {"python", "-c", "import importlib.metadata as m; print(m.version('flask'))"}, {"sh", "-c", "dpkg --audit && dpkg -l >/dev/null"},
				} {
					if out, err := c.Output(check...); err != nil {
						t.Errorf("%q: %v\n%s", check, err, out)
					}
				}
			})
		})
	}
}

// Every transport, as source and as destination, gives the same image; other
// tools read what slimify wrote.
func TestTransports(t *testing.T) {
	lab.Need(t)
	dir := t.TempDir()
	fat := lab.Registry() + "/seed/flask:3.9"
	oci := "oci:" + filepath.Join(dir, "layout") + ":fat"
	archive := "oci-archive:" + filepath.Join(dir, "fat.oci.tar")
	docker := "docker-archive:" + filepath.Join(dir, "fat.docker.tar") + ":seed/flask:3.9"
	for _, dst := range []string{oci, archive, docker} {
		lab.Tool(t, "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://"+fat, dst)
	}
	want := map[string]string{}
	for _, src := range []string{fat, oci, archive, docker} {
		for i, dst := range []string{
			lab.Registry() + "/transports/slim:x", "oci:" + filepath.Join(dir, "out") + ":x",
			"oci-archive:" + filepath.Join(dir, "out.oci.tar") + ":x", "docker-archive:" + filepath.Join(dir, "out.docker.tar") + ":slim:x",
		} {
			lab.Slim(t, "-q", src, dst)
			args := []string{"inspect", "--config"}
			if i == 0 {
				args = append(args, "--tls-verify=false")
				dst = "docker://" + dst
			}
			var config struct {
				RootFS struct {
					DiffIDs []string `json:"diff_ids"`
				}
			}
			if err := json.Unmarshal([]byte(lab.Tool(t, "skopeo", append(args, dst)...)), &config); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(config.RootFS.DiffIDs)
			if want["layers"] == "" {
				want["layers"] = got
			}
			if got != want["layers"] {
				t.Errorf("%s to %s: layers %s, not %s", src, dst, got, want["layers"])
			}
		}
	}
}

// A full disk is reported, and the tag is unchanged.
func TestFullDisk(t *testing.T) {
	lab.Need(t)
	dir := t.TempDir()
	lab.Tool(t, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir)
	t.Cleanup(func() { lab.Tool(t, "umount", dir) })
	dst := "oci:" + t.TempDir() + ":x"
	before := lab.Slim(t, "-q", lab.Registry()+"/seed/flask:3.11", dst)
	r := lab.Run(t, "--tmpdir", dir, lab.Registry()+"/seed/flask:3.9", dst)
	if r.Code != 1 || !strings.Contains(r.Stderr, "no space left") || !strings.Contains(r.Stderr, "--tmpdir") {
		t.Errorf("exit status %d, want 1 with the disk and --tmpdir named\n%s", r.Code, r.Stderr)
	}
	after := lab.Tool(t, "skopeo", "inspect", "--format", "{{.Digest}}", dst)
	if after != before {
		t.Errorf("the tag moved from %s to %s", before, after)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}
