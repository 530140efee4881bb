package assemble_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/sample"
	lt "github.com/slimify/slimify/layers/layertest"
)

func freezing(o *assemble.RefOptions) { o.Freeze = true }

// with puts an image with one more layer into the registry.
func (h *hub) with(name string, entries ...lt.Entry) {
	h.t.Helper()
	h.push(name, func(c sample.Config) (v1.Image, error) {
		img, err := sample.Fat(c)
		if err != nil {
			return nil, err
		}
		return mutate.AppendLayers(img, static.NewLayer(lt.Tar(entries...), types.DockerUncompressedLayer))
	}, sample.Config{})
}

// aWheel is an archive of a distribution, with its hash.
func aWheel(t *testing.T, release string) (content, hash string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create(release + ".dist-info/METADATA"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return b.String(), hex.EncodeToString(sum[:])
}

// requirement returns what a frozen file says of a distribution: its line, the
// hashes, and what follows.
func requirement(t *testing.T, rep *report.Report, name string) string {
	t.Helper()
	content := rep.Frozen[rep.Platforms[0].Platform]
	found := regexp.MustCompile(`(?m)^` + name + `(==| @ ).*\n(    .*\n)*`).Find(content)
	if found == nil {
		t.Errorf("nothing of %s in\n%s", name, content)
	}
	return string(found)
}

// Hashes are taken from wherever the image has them, also from files that stay
// behind; from files of distributions they are not.
func TestFreezeHashes(t *testing.T) {
	t.Parallel()
	h := lab(t)
	site := "usr/local/lib/python3.9/site-packages/"
	sums := make([]string, 10)
	for i := range sums {
		sums[i] = strings.Repeat(string(rune('0'+i)), 64)
	}
	cached, cachedSum := aWheel(t, "Jinja2-3.1.4")
	copied, copiedSum := aWheel(t, "itsdangerous-2.2.0")
	h.with("app:locked",
		lt.File("app/requirements.txt", "flask==3.0.3 \\\n    --hash=sha256:"+sums[1]+" \\\n    --hash=sha256:"+sums[2]+"\n"),
		lt.File("app/uv.lock", "[[package]]\nname = \"click\"\nversion = \"8.1.7\"\nsdist = { hash = \"sha256:"+sums[3]+"\" }\n[[package]]\nname = \"Flask\"\nversion = \"3.0.3\"\nsdist = { hash = \"sha256:"+sums[4]+"\" }\n"),
		lt.File("tmp/itsdangerous-2.2.0-py3-none-any.whl", copied),
		lt.File("root/.cache/pip/http-v2/a/b/c.body", cached),
		lt.File("root/.cache/pip/wheels/ab/MarkupSafe-3.0.2-cp39-cp39-linux_x86_64.whl", "built here"),
		lt.File("root/.cache/pip/wheels/ab/origin.json", `{"url": "https://x.example/m.tar.gz", "archive_info": {"hashes": {"sha256": "`+sums[5]+`"}}}`),
		lt.File(site+"evil/requirements.txt", "werkzeug==3.0.6 --hash=sha256:"+sums[6]+"\n"),
		lt.File(site+"thing-1.0.dist-info/RECORD", "thing-1.0.dist-info/direct_url.json,,\n"),
		lt.File(site+"thing-1.0.dist-info/direct_url.json", `{"url": "https://git.example/thing.git", "vcs_info": {"vcs": "git", "commit_id": "0123abc"}}`),
		lt.File(site+"here-2.0.dist-info/RECORD", "here-2.0.dist-info/direct_url.json,,\n"),
		lt.File(site+"here-2.0.dist-info/direct_url.json", `{"url": "file:///app", "dir_info": {"editable": true}}`),
	)
	rep, err := h.slim("app:locked", "app:slim", freezing)
	if err != nil {
		t.Fatal(err)
	}
	comment := func(sums ...string) (out string) {
		for _, s := range sums {
			out += "    # --hash=sha256:" + s + "\n"
		}
		return out
	}
	for name, want := range map[string]string{
		"flask":        "flask==3.0.3\n" + comment(sums[1], sums[2], sums[4]) + "    # from /app/requirements.txt, /app/uv.lock\n",
		"click":        "click==8.1.7\n" + comment(sums[3]) + "    # from /app/uv.lock\n",
		"itsdangerous": "itsdangerous==2.2.0\n" + comment(copiedSum) + "    # from /tmp/itsdangerous-2.2.0-py3-none-any.whl\n",
		"jinja2":       "jinja2==3.1.4\n" + comment(cachedSum) + "    # from /root/.cache/pip/http-v2/a/b/c.body\n",
		"MarkupSafe":   "MarkupSafe==3.0.2\n" + comment(sums[5]) + "    # from /root/.cache/pip/wheels/ab/origin.json\n",
		"werkzeug":     "werkzeug==3.0.6\n    # no hash\n",
		"thing":        "thing @ git+https://git.example/thing.git@0123abc\n    # a commit\n",
	} {
		if got := requirement(t, rep, name); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
	}
	content := string(rep.Frozen["linux/amd64"])
	if !strings.Contains(content, "#   here 2.0: it was installed from file:///app, a directory\n") || regexp.MustCompile(`(?m)^(here|pip|setuptools)`).MatchString(content) {
		t.Error(content)
	}
	if _, err := tree(t, h.ref("app:slim")).Lookup("root/.cache/pip/http-v2/a/b/c.body"); err == nil {
		t.Error("the cache is in the result")
	}
	if !strings.Contains(warnings(rep), "freeze: 3 of 8 frozen Python packages have no hash") || !strings.Contains(warnings(rep), "freeze-left-out: 1 of 9 Python packages cannot be pinned") {
		t.Errorf("warnings: %v", rep.Warnings)
	}
}

func warnings(rep *report.Report) (out string) {
	for _, w := range rep.Warnings {
		out += w.Code + ": " + w.Message + "\n"
	}
	return out
}

// If all have hashes, pip must accept nothing without one.
func TestFreezeAllHashed(t *testing.T) {
	t.Parallel()
	h := lab(t)
	rep, err := h.slim("app:fat", "oci:"+filepath.Join(t.TempDir(), "x"), freezing)
	if err != nil {
		t.Fatal(err)
	}
	lock := ""
	for _, d := range rep.Platforms[0].Distributions {
		lock += d.Name + "==" + d.Version + " --hash=sha256:" + strings.Repeat("a", 64) + "\n"
	}
	h.with("app:locked", lt.File("app/requirements.lock.txt", lock))
	rep, err = h.slim("app:locked", "app:slim", freezing)
	if err != nil {
		t.Fatal(err)
	}
	content := string(rep.Frozen["linux/amd64"])
	if !strings.Contains(content, "--require-hashes") || strings.Contains(content, "# --hash") || strings.Contains(warnings(rep), "freeze") {
		t.Errorf("%s\n%s", content, warnings(rep))
	}
	if want := "flask==3.0.3 \\\n    --hash=sha256:" + strings.Repeat("a", 64) + "\n    # from /app/requirements.lock.txt\n"; requirement(t, rep, "flask") != want {
		t.Errorf("%s\nwant\n%s", requirement(t, rep, "flask"), want)
	}
}

// A destination that is up to date is left as it is, and the file is made all the
// same, as it is for an image that slimify made, and after a dry run.
func TestFreezeUpToDate(t *testing.T) {
	t.Parallel()
	h := lab(t)
	first, err := h.slim("app:fat", "app:slim", freezing)
	if err != nil {
		t.Fatal(err)
	}
	want := first.Frozen["linux/amd64"]
	h.forget()
	again, err := h.slim("app:fat", "app:slim", freezing)
	if err != nil {
		t.Fatal(err)
	}
	if !again.UpToDate || !again.Unchanged || len(again.Pushed) > 0 || again.Result != first.Result || !bytes.Equal(again.Frozen["linux/amd64"], want) {
		t.Errorf("%v %v %v %v\n%s", again.UpToDate, again.Unchanged, again.Pushed, again.Result, again.Frozen)
	}
	if wrote := h.seen(`^(` + http.MethodPut + `|` + http.MethodPost + `|` + http.MethodPatch + `)`); len(wrote) > 0 {
		t.Errorf("wrote %v", wrote)
	}
	dry, err := h.slim("app:fat", "app:other", freezing, func(o *assemble.RefOptions) { o.DryRun = true })
	if err != nil || !bytes.Equal(dry.Frozen["linux/amd64"], want) {
		t.Errorf("dry run: %v\n%s", err, dry.Frozen)
	}
	slim, err := h.slim("app:slim", "app:copy", freezing)
	if err != nil {
		t.Fatal(err)
	}
	if got := requirement(t, slim, "flask"); got != requirement(t, first, "flask") || !strings.Contains(string(slim.Frozen["linux/amd64"]), "#   pip 24.0: a tool") {
		t.Errorf("of what slimify made:\n%s", slim.Frozen)
	}
	// Who does not freeze reads no layer: one blob is the config, which has the labels.
	h.forget()
	if rep, err := h.slim("app:fat", "app:slim"); err != nil || rep.Frozen != nil || len(h.seen(`/blobs/`)) > 1 {
		t.Errorf("%v, %v, %v", err, rep.Frozen, h.seen(`/blobs/`))
	}
}

// What was left behind is not frozen.
func TestFreezeDropped(t *testing.T) {
	t.Parallel()
	h := lab(t)
	click, err := selection.ParsePattern("dist:click")
	if err != nil {
		t.Fatal(err)
	}
	rep, err := h.slim("app:fat", "app:slim", freezing, func(o *assemble.RefOptions) { o.Select.Drop = []selection.Pattern{click} })
	if err != nil {
		t.Fatal(err)
	}
	if content := string(rep.Frozen["linux/amd64"]); strings.Contains(content, "click==") || !strings.Contains(content, "flask==") {
		t.Error(content)
	}
}
