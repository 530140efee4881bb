package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The seed case: the Flask application that people build today, in one stage
// and in two, and what slimify makes of the first.
func TestSeed(t *testing.T) {
	needLab(t)
	for _, python := range []string{"3.9", "3.11"} {
		t.Run(python, func(t *testing.T) {
			fat := registry + "/seed/flask:" + python
			twoStage := fat + "-twostage"
			dst := registry + "/seed/flask-slim:" + python
			digest := slim(t, fat, dst)

			t.Run("digest", func(t *testing.T) {
				got := tool(t, "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://"+dst)
				if got != digest {
					t.Errorf("the registry has %s, slimify said %s", got, digest)
				}
			})
			t.Run("size", func(t *testing.T) {
				_, before := inspect(t, fat)
				_, two := inspect(t, twoStage)
				_, after := inspect(t, dst)
				t.Logf("compressed: FAT %d, two stages %d, SLIM %d bytes", before, two, after)
				if after > two+two/100 {
					t.Errorf("SLIM has %d bytes, the two-stage image %d", after, two)
				}
				if after*5 > before {
					t.Errorf("SLIM has %d bytes, more than a fifth of FAT's %d", after, before)
				}
			})
			t.Run("runs", func(t *testing.T) {
				c := unpack(t, dst)
				c.start()
				if got := c.get("http://127.0.0.1:5000/"); !strings.Contains(got, "Hello") {
					t.Errorf("GET / = %q", got)
				}
			})
			t.Run("console script", func(t *testing.T) {
				if out, err := unpack(t, dst).output("flask", "--version"); err != nil || !strings.Contains(out, "Flask") {
					t.Errorf("flask --version: %v\n%s", err, out)
				}
				// The control: the naive multi-stage copy loses it.
				if out, err := unpack(t, twoStage).output("flask", "--version"); err == nil {
					t.Errorf("flask --version works in the two-stage image: the test proves nothing\n%s", out)
				}
			})
			t.Run("same again", func(t *testing.T) {
				for _, args := range [][]string{
					{fat, dst}, {"--jobs", "1", fat, dst}, {"--dry-run", fat, registry + "/not/written:x"},
					{fat, registry + "/seed/elsewhere:x"},
				} {
					if got := slim(t, args...); got != digest {
						t.Errorf("slimify %v gave %s, not %s", args, got, digest)
					}
				}
			})
			t.Run("packages", func(t *testing.T) {
				c := unpack(t, dst)
				for _, check := range [][]string{
					{"pip", "check"}, {"python", "-c", "import importlib.metadata as m; print(m.version('flask'))"}, {"sh", "-c", "dpkg --audit && dpkg -l >/dev/null"},
				} {
					if out, err := c.output(check...); err != nil {
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
	needLab(t)
	dir := t.TempDir()
	fat := registry + "/seed/flask:3.9"
	oci := "oci:" + filepath.Join(dir, "layout") + ":fat"
	archive := "oci-archive:" + filepath.Join(dir, "fat.oci.tar")
	docker := "docker-archive:" + filepath.Join(dir, "fat.docker.tar") + ":seed/flask:3.9"
	for _, dst := range []string{oci, archive, docker} {
		tool(t, "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://"+fat, dst)
	}
	want := map[string]string{}
	for _, src := range []string{fat, oci, archive, docker} {
		for i, dst := range []string{
			registry + "/transports/slim:x", "oci:" + filepath.Join(dir, "out") + ":x",
			"oci-archive:" + filepath.Join(dir, "out.oci.tar") + ":x", "docker-archive:" + filepath.Join(dir, "out.docker.tar") + ":slim:x",
		} {
			slim(t, "-q", src, dst)
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
			if err := json.Unmarshal([]byte(tool(t, "skopeo", append(args, dst)...)), &config); err != nil {
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

// A full disk is told as such, and the tag stays as it was.
func TestFullDisk(t *testing.T) {
	needLab(t)
	dir := t.TempDir()
	tool(t, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir)
	t.Cleanup(func() { tool(t, "umount", dir) })
	dst := "oci:" + t.TempDir() + ":x"
	before := slim(t, "-q", registry+"/seed/flask:3.11", dst)
	r := run(t, "--tmpdir", dir, registry+"/seed/flask:3.9", dst)
	if r.code != 1 || !strings.Contains(r.stderr, "no space left") || !strings.Contains(r.stderr, "--tmpdir") {
		t.Errorf("exit status %d, want 1 with the disk and --tmpdir named\n%s", r.code, r.stderr)
	}
	after := tool(t, "skopeo", "inspect", "--format", "{{.Digest}}", dst)
	if after != before {
		t.Errorf("the tag moved from %s to %s", before, after)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}
