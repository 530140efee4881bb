package corpus

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/analyze"
	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/testdata/e2e/lab"
)

var table = flag.String("table", "", "write the table to this `file`")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(lab.Main(m))
}

// TestCorpus slims each application and holds SLIM to what FAT can do.
func TestCorpus(t *testing.T) {
	lab.Need(t)
	list, err := rows()
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]line, len(list))
	t.Run("rows", func(t *testing.T) {
		for i, r := range list {
			lines[i] = line{row: r}
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				lines[i].try(t)
			})
		}
	})
	text := render(lines)
	fmt.Print(text)
	all := !slices.ContainsFunc(lines, func(l line) bool { return !l.tried }) // no -run left some out
	if *table != "" && all && !t.Failed() {
		if err := os.WriteFile(*table, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// try fills a line of the table; whatever is wrong fails the test.
func (l *line) try(t *testing.T) {
	l.tried = true
	fat := l.images(t)
	dst := lab.Fresh("corpus/" + l.name)
	if l.refused != "" {
		r := lab.Run(t, fat, dst)
		if r.Code != 5 || !strings.Contains(r.Stderr, l.refused) {
			t.Errorf("exit status %d, want 5 and %q\n%s", r.Code, l.refused, r.Stderr)
		}
		return
	}
	report := filepath.Join(t.TempDir(), "report.json")
	lab.Slim(t, "--metadata-file", report, fat, dst)
	l.undecided(t, report)
	sameEagerly(t, fat)
	l.before, l.after = lab.Size(t, fat), lab.Size(t, dst)

	big, small := lab.New(t, fat), lab.New(t, dst)
	want, err := l.check(big)
	if err != nil {
		t.Fatalf("the check fails in FAT: %v", err)
	}
	switch got, err := l.check(small); {
	case err != nil:
		t.Errorf("the check fails in SLIM: %v", err)
	case got != want:
		t.Errorf("the check prints in FAT\n%s\nand in SLIM\n%s", want, got)
	}
	if want, got := settings(t, fat), settings(t, dst); !maps.Equal(got, want) {
		t.Errorf("FAT's configuration is\n%s\nand SLIM's\n%s", want, got)
	}
	l.healthy(t, big, small)
	l.parity(t, big, small)
	packages(t, small)
	l.control(t, big.Config, fat)
}

// sameEagerly holds a run that reads all of the original base image to the digest of one
// that reads what it needs.
func sameEagerly(t *testing.T, fat string) {
	var digests [2]string
	for i := range digests {
		refs := make([]reference.Ref, 3)
		for j, s := range []string{fat, lab.Fresh("corpus/nowhere"), lab.Registry() + "/library/python"} {
			var err error
			if refs[j], err = reference.Parse(s); err != nil {
				t.Fatal(err)
			}
		}
		rep, err := assemble.SlimRef(t.Context(), refs[0], refs[1], assemble.RefOptions{
			Access: image.Access{Eager: i == 1, CacheDir: lab.Cache()}, Choices: analyze.Choices{Base: refs[2]}, DryRun: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		digests[i] = rep.Result.Digest.String()
	}
	if digests[0] != digests[1] {
		t.Errorf("the result is %s, and %s where all of the original base image was read", digests[0], digests[1])
	}
}

// images builds FAT, and first what it is built from if that is not the lab's.
func (l *line) images(t *testing.T) string {
	if base := filepath.Join(l.folder, "base"); exists(filepath.Join(base, "Dockerfile")) {
		lab.Build(t, base, "corpus/"+l.name+"-base:latest")
	}
	return lab.Build(t, l.folder, "corpus/"+l.name+":fat", l.build...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// check runs the application's check, beside the image's own command if that
// serves.
func (l *line) check(c *lab.Container) (string, error) {
	const target = "/slimify-check"
	c.Binds = append(c.Binds, lab.Bind{Source: filepath.Join(l.folder, "check"), Target: target})
	if l.serves == "" {
		return c.Output(target)
	}
	if err := c.Start(); err != nil {
		return "", err
	}
	listens := "import socket; socket.create_connection(('127.0.0.1', " + l.serves + "), 5)"
	if _, err := c.Until("python", "-c", listens); err != nil {
		return "", err
	}
	return c.Exec(target)
}

// healthy runs the health check of an image that serves.
func (l *line) healthy(t *testing.T, images ...*lab.Container) {
	for _, c := range images {
		health := c.Config.Config.Healthcheck
		if l.serves == "" || health == nil || t.Failed() {
			return
		}
		command := health.Test[1:]
		if health.Test[0] == "CMD-SHELL" {
			command = []string{"/bin/sh", "-c", health.Test[1]}
		}
		if _, err := c.Until(command...); err != nil {
			t.Errorf("the health check fails: %v", err)
		}
	}
}

// settings returns the settings for engines in an image's config, as raw JSON,
// apart from what is rightly another in SLIM: the interpreter's versions in the
// environment, and labels about the image's making.
func settings(t *testing.T, image string) map[string]string {
	raw := lab.Tool(t, "skopeo", "inspect", "--raw", "--config", "--tls-verify=false", "docker://"+image)
	var config struct{ Config map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(raw), &config); err != nil {
		t.Fatal(err)
	}
	var labels map[string]string
	if err := json.Unmarshal(config.Config["Labels"], &labels); err != nil && config.Config["Labels"] != nil {
		t.Fatal(err)
	}
	delete(config.Config, "Labels")
	delete(config.Config, "Env")
	result := map[string]string{}
	for key, value := range config.Config {
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			t.Fatal(err)
		}
		result[key] = compact.String()
	}
	for key, value := range labels {
		if !strings.HasPrefix(key, "io.github.slimify.") && !strings.HasPrefix(key, "org.opencontainers.image.base.") {
			result["label "+key] = value
		}
	}
	return result
}

// found is what probe.py prints: by environment and kind, a name and why it
// does not work.
type found map[string]map[string]map[string]string

// parity holds SLIM to the modules, extensions and scripts that work in FAT.
func (l *line) parity(t *testing.T, big, small *lab.Container) {
	probe, err := filepath.Abs("probe.py")
	if err != nil {
		t.Fatal(err)
	}
	run := func(c *lab.Container, binds []lab.Bind, args ...string) (result found) {
		t.Helper()
		other := *c
		other.Binds = append(binds, lab.Bind{Source: probe, Target: "/slimify-probe.py"})
		out, err := other.Output(append([]string{"python", "/slimify-probe.py"}, args...)...)
		if err != nil {
			t.Fatalf("probing: %v", err)
		}
		if err := json.Unmarshal([]byte(out), &result); err != nil {
			t.Fatalf("probing: %v\n%s", err, out)
		}
		return result
	}
	want := run(big, nil)
	expected := filepath.Join(t.TempDir(), "expected.json")
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(expected, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	const target = "/slimify-expected.json"
	got := run(small, []lab.Bind{{Source: expected, Target: target}}, target)
	for environment, kinds := range want {
		for kind, names := range kinds {
			c := l.parities[kind]
			for name, wrong := range names {
				if wrong != "" {
					continue
				}
				c.fat++
				switch why, tried := got[environment][kind][name]; {
				case !tried:
					t.Errorf("%s of %s: %s was not tried", kind, environment, name)
				case why != "":
					t.Errorf("%s of %s: %s works in FAT, not in SLIM: %s", kind, environment, name, why)
				default:
					c.slim++
				}
			}
			if l.parities == nil {
				l.parities = map[string]count{}
			}
			l.parities[kind] = c
		}
	}
	if l.parities["imports"].fat == 0 {
		t.Errorf("nothing can be imported in FAT: the probe proves nothing")
	}
}

// packages holds SLIM to a consistent database of Debian packages.
func packages(t *testing.T, c *lab.Container) {
	root := c.As("0")
	for _, command := range []string{"dpkg --audit", "dpkg -l >/dev/null", "apt-get check -qq"} {
		if out, err := root.Output("/bin/sh", "-c", command); err != nil || out != "" {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}

// control runs the check in the naive copy: the slim base with FAT's
// site-packages and working directory, and FAT's config. It must fail as the
// row says, or the row proves nothing.
func (l *line) control(t *testing.T, config lab.Config, fat string) {
	var version string
	if v := strings.Split(config.Env("PYTHON_VERSION"), "."); len(v) > 2 {
		version = v[0] + "." + v[1]
	} else {
		t.Fatalf("no PYTHON_VERSION: %q", config.Config.Env)
	}
	source := lab.Mount(t, fat)
	naive := lab.New(t, lab.Registry()+"/library/python:"+version+"-slim")
	naive.Config = config
	for _, dir := range []string{"/usr/local/lib/python" + version + "/site-packages", config.Config.WorkingDir} {
		if dir != "" && dir != "/" && exists(filepath.Join(source, dir)) {
			naive.Binds = append(naive.Binds, lab.Bind{Source: filepath.Join(source, dir), Target: dir, Write: true})
		}
	}
	switch _, err := l.check(naive); {
	case err == nil:
		t.Errorf("the check passes in the naive copy: the row proves nothing")
	case !strings.Contains(err.Error(), l.naive):
		t.Errorf("the check fails in the naive copy otherwise than with %q: %v", l.naive, err)
	}
}

// undecided holds slimify to asking for no more than a person would read.
func (l *line) undecided(t *testing.T, report string) {
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Platforms []struct{ Undecided []json.RawMessage }
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Platforms {
		l.questions += len(p.Undecided)
	}
	if l.questions > 5 {
		t.Errorf("%d items are undecided: %s", l.questions, raw)
	}
}

// line is a row with its results.
type line struct {
	row
	tried         bool
	before, after int64
	parities      map[string]count
	questions     int
}

// count is how many things work.
type count struct{ fat, slim int }

// render writes the table.
func render(lines []line) string {
	var b strings.Builder
	b.WriteString(`# The corpus

Small real applications, built as single-stage images on the lab's replicas, and slimmed without any flag. Written by
` + "`task corpus`" + `; [how it works](../testdata/corpus/README.md). FAT is the original image, SLIM the result. The columns "imports", "libraries" and
"scripts" count what works in SLIM, of what works in FAT. The naive copy is the slim base with site-packages and WORKDIR; the last
column has its error message.

| application | covers | FAT MB | SLIM MB | imports | libraries | scripts | undecided | error of the naive copy |
|---|---|---:|---:|---:|---:|---:|---:|---|
`)
	for _, l := range lines {
		if !l.tried {
			continue
		}
		if l.refused != "" {
			fmt.Fprintf(&b, "| %s | %s | | | | | | | refused: %s |\n", l.name, cell(l.covers), cell(l.refused))
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %s | %s | %s | %d | %s |\n", l.name, cell(l.covers), megabytes(l.before),
			megabytes(l.after), l.parities["imports"], l.parities["libraries"], l.parities["scripts"], l.questions, cell(l.naive))
	}
	return b.String()
}

func (c count) String() string { return fmt.Sprintf("%d/%d", c.slim, c.fat) }

func megabytes(n int64) int64 { return (n + 500_000) / 1_000_000 }

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
