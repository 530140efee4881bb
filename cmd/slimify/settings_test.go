package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slimify/slimify/internal/cli/exit"
	"github.com/slimify/slimify/internal/cli/settings"
	"github.com/slimify/slimify/internal/cli/terminal"
)

// workIn changes to a new directory with files, and clears all SLIMIFY_* variables.
func workIn(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(root, dir))
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "SLIMIFY_") {
			t.Setenv(name, "")
		}
	}
}

// slimify runs the command line.
func slimify(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// inForceNow returns the line of slimify config for a flag: VALUE (SOURCE).
func inForceNow(t *testing.T, name string, args ...string) string {
	t.Helper()
	status, out, errs := slimify(append([]string{"config", "-o", "json"}, args...)...)
	if status != 0 {
		return fmt.Sprintf("exit %d: %s", status, strings.SplitN(errs, "\n", 2)[0])
	}
	var doc settings.Document
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(doc.Settings, func(s settings.Setting) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no %s in %s", name, out)
	}
	from := doc.Settings[i].Origin
	if at := doc.Settings[i].At; at != "" {
		from = at
	}
	return fmt.Sprintf("%v (%s)", doc.Settings[i].Value, from)
}

func TestPrecedence(t *testing.T) {
	const found = ".slimify.yaml"
	for name, c := range map[string]struct {
		file string // named .slimify.yaml
		env  map[string]string
		args []string
		flag string
		want string
	}{
		"default":                   {flag: "retry", want: "3 (default)"},
		"file":                      {file: "retry: 1", flag: "retry", want: "1 (.slimify.yaml:1:8)"},
		"variable":                  {env: map[string]string{"SLIMIFY_RETRY": "2"}, flag: "retry", want: "2 (SLIMIFY_RETRY)"},
		"variable over file":        {file: "retry: 1", env: map[string]string{"SLIMIFY_RETRY": "2"}, flag: "retry", want: "2 (SLIMIFY_RETRY)"},
		"flag over variable":        {file: "retry: 1", env: map[string]string{"SLIMIFY_RETRY": "2"}, args: []string{"--retry=4"}, flag: "retry", want: "4 (flag)"},
		"flag over file":            {file: "strict: true", args: []string{"--strict=false"}, flag: "strict", want: "false (flag)"},
		"the same in a flag":        {file: "retry: 1", args: []string{"--retry=3"}, flag: "retry", want: "3 (flag)"},
		"empty variable":            {file: "retry: 1", env: map[string]string{"SLIMIFY_RETRY": ""}, flag: "retry", want: "1 (.slimify.yaml:1:8)"},
		"short flag":                {file: "verbose: true", args: []string{"-v=false"}, flag: "verbose", want: "false (flag)"},
		"invalid though overridden": {file: "retry: many", args: []string{"--retry=1"}, flag: "retry", want: `exit 2: slimify: error: .slimify.yaml:1:8: retry: expected an integer, found "many"`},

		"list of a file":           {file: "keep: [deb:git, '/opt/{a,b}/my app']", flag: "keep", want: "[deb:git /opt/{a,b}/my app] (.slimify.yaml:1:7)"},
		"list of a variable":       {env: map[string]string{"SLIMIFY_KEEP": " deb:git\n/opt/{a,b} "}, flag: "keep", want: "[deb:git /opt/{a,b}] (SLIMIFY_KEEP)"},
		"list of commas":           {env: map[string]string{"SLIMIFY_PLATFORM": "linux/amd64,linux/arm64 linux/s390x"}, flag: "platform", want: "[linux/amd64 linux/arm64 linux/s390x] (SLIMIFY_PLATFORM)"},
		"no commas in files":       {file: "accept: ['tool:a,b']", flag: "accept", want: "[tool:a,b] (.slimify.yaml:1:9)"},
		"lists are not joined":     {file: "keep: [deb:git]", env: map[string]string{"SLIMIFY_KEEP": "deb:a"}, args: []string{"--keep=deb:b", "--keep=deb:c"}, flag: "keep", want: "[deb:b deb:c] (flag)"},
		"list of variable wins":    {file: "accept: [tool:a]", env: map[string]string{"SLIMIFY_ACCEPT": "tool:b"}, flag: "accept", want: "[tool:b] (SLIMIFY_ACCEPT)"},
		"empty list":               {file: "keep: []", flag: "keep", want: "[] (.slimify.yaml:1:7)"},
		"list with a wrong one":    {file: "keep: [deb:git,\n  opt]", flag: "keep", want: `exit 2: slimify: error: .slimify.yaml:2:3: keep: pattern "opt": give an absolute path or glob (/opt/**), deb:NAME or dist:NAME`},
		"variable with a wrong":    {env: map[string]string{"SLIMIFY_KEEP": "deb:a opt"}, flag: "keep", want: `exit 2: slimify: error: SLIMIFY_KEEP=deb:a opt: invalid argument "opt" for "--keep" flag: pattern "opt": give an absolute path or glob (/opt/**), deb:NAME or dist:NAME`},
		"map of a file":            {file: "registry-mirror: {docker.io: m.example/hub, quay.io: q.example}", args: []string{"--config", found}, flag: "registry-mirror", want: "map[docker.io:m.example/hub quay.io:q.example] (.slimify.yaml:1:18)"},
		"map of a variable":        {env: map[string]string{"SLIMIFY_REGISTRY_MIRROR": "docker.io=m.example quay.io=q.example"}, flag: "registry-mirror", want: "map[docker.io:m.example quay.io:q.example] (SLIMIFY_REGISTRY_MIRROR)"},
		"maps are not joined":      {file: "registry-mirror: {docker.io: m.example}", args: []string{"--config", found, "--registry-mirror=quay.io=q.example"}, flag: "registry-mirror", want: "map[quay.io:q.example] (flag)"},
		"password of a mirror":     {env: map[string]string{"SLIMIFY_REGISTRY_MIRROR": "docker.io=me:pass@word@m.example"}, flag: "registry-mirror", want: "map[docker.io:***@m.example] (SLIMIFY_REGISTRY_MIRROR)"},
		"verbose over quiet":       {file: "quiet: true", args: []string{"-v"}, flag: "quiet", want: "false (default)"},
		"quiet of a variable":      {file: "verbose: true", env: map[string]string{"SLIMIFY_QUIET": "1"}, flag: "verbose", want: "false (default)"},
		"cache over none":          {file: "no-cache: true", args: []string{"--cache-dir=/x"}, flag: "no-cache", want: "false (default)"},
		"both in one place":        {file: "quiet: true\nverbose: true", flag: "quiet", want: "exit 2: slimify: error: .slimify.yaml:1:8: --quiet and --verbose cannot be combined"},
		"no file":                  {file: "retry: 1", args: []string{"--config="}, flag: "retry", want: "3 (default)"},
		"none":                     {file: "retry: 1", env: map[string]string{"SLIMIFY_CONFIG": "none"}, flag: "retry", want: "3 (default)"},
		"variable names a file":    {file: "retry: 1", env: map[string]string{"SLIMIFY_CONFIG": found}, flag: "config", want: ".slimify.yaml (SLIMIFY_CONFIG)"},
		"flag names a file":        {file: "retry: 1", env: map[string]string{"SLIMIFY_CONFIG": "absent"}, args: []string{"--config", found}, flag: "retry", want: "1 (.slimify.yaml:1:8)"},
		"found":                    {file: "retry: 1", flag: "config", want: ".slimify.yaml (default)"},
		"named and absent":         {args: []string{"--config", "absent.yaml"}, flag: "config", want: "exit 2: slimify: error: absent.yaml: no such file or directory"},
		"key of another command":   {file: "runtime: bwrap\nmemory: 1GiB\nall: true", flag: "retry", want: "3 (default)"},
		"other command, wrong":     {file: "all: [a]", flag: "retry", want: "exit 2: slimify: error: .slimify.yaml:1:6: all: expected true or false, found a list"},
		"key of no command":        {file: "retrys: 1", flag: "retry", want: "exit 2: slimify: error: .slimify.yaml:1:1: retrys: unknown key; did you mean retry?"},
		"nothing near":             {file: "colour: red", flag: "retry", want: "exit 2: slimify: error: .slimify.yaml:1:1: colour: unknown key"},
		"what only flags can give": {file: "config: other.yaml", flag: "retry", want: "exit 2: slimify: error: .slimify.yaml:1:1: config: unknown key"},
		"implied":                  {flag: "base", want: "docker.io/library/python (default)"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			if c.file != "" {
				files[found] = c.file
			}
			workIn(t, "", files)
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			if got := inForceNow(t, c.flag, c.args...); got != c.want {
				t.Errorf("%s is %s, want %s", c.flag, got, c.want)
			}
		})
	}
}

// Paths in a file are relative to where it is, wherever the command runs.
func TestPathsOfFile(t *testing.T) {
	workIn(t, "a/b", map[string]string{
		".slimify.yaml":      "base: oci:layout:slim\nfat-base: docker-archive:/abs.tar\n",
		"ci/slimify.yaml":    "ca-file: company.crt\ncache-dir: /var/cache/x\ntag: [oci-archive:out/x.tar, docker.io/a/b]\nbase: docker.io/library/python\n",
		"a/b/.empty/keep.me": "",
	})
	for _, c := range []struct{ flag, want string }{
		{"base", "oci:../../layout:slim (../../.slimify.yaml:1:7)"},
		{"fat-base", "docker-archive:/abs.tar (../../.slimify.yaml:2:11)"},
	} {
		if got := inForceNow(t, c.flag); got != c.want {
			t.Errorf("%s is %s, want %s", c.flag, got, c.want)
		}
	}
	for _, c := range []struct{ flag, want string }{
		{"ca-file", "../../ci/company.crt (../../ci/slimify.yaml:1:10)"},
		{"cache-dir", "/var/cache/x (../../ci/slimify.yaml:2:12)"},
		{"tag", "[oci-archive:../../ci/out/x.tar docker.io/a/b] (../../ci/slimify.yaml:3:6)"},
		{"base", "docker.io/library/python (../../ci/slimify.yaml:4:7)"},
	} {
		if got := inForceNow(t, c.flag, "--config", "../../ci/slimify.yaml"); got != c.want {
			t.Errorf("%s is %s, want %s", c.flag, got, c.want)
		}
	}
}

// A file that was found may choose the content of the image and nothing else: no flag for
// credentials, trust, or output files.
func TestProjectKeys(t *testing.T) {
	for name, f := range settings.Keys(newRoot(&terminal.Terminal{})) {
		value := map[settings.Kind]string{settings.KindText: "x", settings.KindBool: "true", settings.KindNumber: "1", settings.KindList: "[/x]", settings.KindMap: "{a.example: b.example}"}[settings.KindOf(f)]
		workIn(t, "", map[string]string{".slimify.yaml": name + ": " + value})
		_, _, errs := slimify("config")
		refused := strings.Contains(errs, "only a file that --config names may set this key")
		if free := slices.Contains(settings.ProjectKeys, name); free == refused {
			t.Errorf("%s: %s", name, errs)
		}
		if refused && !strings.Contains(errs, "hint: if you trust this file, name it: --config .slimify.yaml") {
			t.Errorf("%s: %s", name, errs)
		}
	}
	for _, name := range []string{"authfile", "ca-file", "insecure-registry", "registry-mirror", "tag", "metadata-file", "digest-file", "cache-dir", "tmpdir", "run"} {
		if slices.Contains(settings.ProjectKeys, name) {
			t.Errorf("a file that is found may set %s", name)
		}
	}
}

// The lists of keys contain flags only, and every path.
func TestKeyLists(t *testing.T) {
	t.Parallel()
	known := settings.Keys(newRoot(&terminal.Terminal{}))
	for _, list := range [][]string{settings.ProjectKeys, settings.PathKeys, settings.RefKeys} {
		for _, name := range list {
			if known[name] == nil {
				t.Errorf("%s is not a flag", name)
			}
		}
	}
	path := regexp.MustCompile(`\b(file|directory)\b`)
	for name, f := range known {
		if k := settings.KindOf(f); (k == settings.KindText || k == settings.KindList) && path.MatchString(f.Usage) && !slices.Contains(settings.PathKeys, name) {
			t.Errorf("--%s is a path (%s), but not among pathKeys", name, f.Usage)
		}
	}
}

// Only commands with flags that a file may set read it.
func TestWhoReadsTheFile(t *testing.T) {
	workIn(t, "", map[string]string{".slimify.yaml": "nonsense: true"})
	for _, args := range [][]string{
		{"oci:a", "oci:b"}, {"slim", "oci:a", "oci:b"}, {"plan", "oci:a"}, {"explain", "oci:a", "x"}, {"compare", "oci:a", "oci:b"}, {"verify", "oci:a"}, {"batch"}, {"config"},
	} {
		if status, _, errs := slimify(args...); status != exit.Usage || !strings.Contains(errs, ".slimify.yaml:1:1: nonsense") {
			t.Errorf("%s: exit %d, %s", args, status, errs)
		}
	}
	for _, args := range [][]string{{"version"}, {"completion", "bash"}, {"help"}, {"plan", "--help"}, {"__complete", "pl"}} {
		if status, _, errs := slimify(args...); status != exit.Done {
			t.Errorf("%s: exit %d, %s", args, status, errs)
		}
	}
}

// The error of an invalid value names its source.
func TestRefusedValues(t *testing.T) {
	for key, value := range map[string]string{
		"base": "'::'", "fat-base": "'::'", "output": "xml", "compression": "lzma", "if-larger": "cry", "log-format": "xml", "max-size": "many", "min-saving": "0.5",
		"platform": "[a/b/c/d]", "jobs": "-1", "retry": "-1", "registry-mirror": "{docker.io: 'me:secret@m.example'}", "keep": "[opt]", "drop": "[opt]", "tag": "['::']",
	} {
		workIn(t, "", map[string]string{"f.yaml": "\n" + key + ": " + value})
		status, _, errs := slimify("--config", "f.yaml", "oci:a", "oci:b")
		if status != exit.Usage || !regexp.MustCompile(`^slimify: error: f\.yaml:2:\d+: (--)?`+key+`\b`).MatchString(errs) {
			t.Errorf("%s: %s: exit %d, %s", key, value, status, errs)
		}
		if strings.Contains(errs, "secret") {
			t.Errorf("the output has a password: %s", errs)
		}
	}
	workIn(t, "", map[string]string{"f.yaml": "timeout: 0s\n", "g.yaml": "runtime: none\n"})
	for file, want := range map[string]string{"f.yaml": "f.yaml:1:10: --timeout 0s:", "g.yaml": "g.yaml:1:10: --runtime none:"} {
		if status, _, errs := slimify("verify", "--config", file, "--run", "oci:a"); status != exit.Usage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s", file, status, errs)
		}
	}
	t.Setenv("SLIMIFY_MAX_SIZE", "many")
	if _, _, errs := slimify("oci:a", "oci:b"); !strings.Contains(errs, "error: SLIMIFY_MAX_SIZE: --max-size many: give a size") {
		t.Error(errs)
	}
}
