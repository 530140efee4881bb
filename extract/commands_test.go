package extract_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// tools are what the cases' fat base has; its release's list knows all of them
// but "odd".
func tools() []lt.Entry {
	return []lt.Entry{
		lt.Script("usr/bin/git", "elf"), lt.Script("usr/bin/curl", "elf"), lt.Script("usr/bin/hg", "elf"), lt.Script("usr/bin/wget", "elf"),
		lt.Symlink("usr/bin/convert", "/etc/alternatives/convert"), lt.Symlink("etc/alternatives/convert", "/usr/bin/convert-im6.q16"),
		lt.Script("usr/bin/convert-im6.q16", "elf"), lt.Script("usr/bin/odd", "elf"), lt.Script("usr/bin/ssh", "elf"),
	}
}

const Path = "PATH=/usr/local/bin:/usr/bin:/bin"

func TestCommands(t *testing.T) {
	t.Parallel()
	entrypoint := v1.Config{Entrypoint: []string{"/entrypoint.sh"}, Cmd: []string{"python", "app.py"}, Env: []string{Path}, WorkingDir: "/app"}
	for _, c := range []struct {
		name   string
		config v1.Config
		user   []lt.Entry
		want   map[string]string // path to reason, of all but the application's own files
	}{
		{
			name: "what the entrypoint script calls", config: entrypoint,
			user: []lt.Entry{lt.Script("entrypoint.sh", "#!/bin/sh\nset -e\ngit pull\nif command -v hg; then hg up; fi\nexec \"$@\"\n")},
			want: map[string]string{
				"entrypoint.sh": "command: ENTRYPOINT starts it", "usr/bin/git": "command: called in /entrypoint.sh:3 < entrypoint.sh",
				"usr/bin/hg": "command: called in /entrypoint.sh:4 < entrypoint.sh",
			},
		},
		{
			name: "what scripts read and call in turn, with all links", config: entrypoint,
			user: []lt.Entry{
				lt.Script("entrypoint.sh", "#!/bin/bash\n. \"$(dirname \"$0\")/conf/env.sh\"\nbash start.sh\n"),
				lt.File("conf/env.sh", "curl x\n"), lt.File("app/start.sh", "cd sub\n./deep.sh\n"), lt.Script("app/deep.sh", "#!/bin/sh\nconvert a b\n./start.sh\n"),
			},
			want: map[string]string{
				"entrypoint.sh": "command: ENTRYPOINT starts it", "conf/env.sh": "command: called in /entrypoint.sh:2 < entrypoint.sh",
				"app/start.sh": "command: called in /entrypoint.sh:3 < entrypoint.sh", "app/deep.sh": "command: called in /app/start.sh:2 < app/start.sh",
				"usr/bin/curl":             "command: called in /conf/env.sh:1 < conf/env.sh",
				"usr/bin/convert":          "command: called in /app/deep.sh:2 < app/deep.sh",
				"etc/alternatives/convert": "command: called in /app/deep.sh:2 < app/deep.sh", "usr/bin/convert-im6.q16": "command: called in /app/deep.sh:2 < app/deep.sh",
			},
		},
		{
			name:   "a health check in the shell's form",
			config: v1.Config{Healthcheck: &v1.HealthConfig{Test: []string{"CMD-SHELL", "curl -f localhost || wget x || exit 1"}}, Env: []string{Path}},
			want:   map[string]string{"usr/bin/curl": "command: HEALTHCHECK starts it", "usr/bin/wget": "command: HEALTHCHECK starts it"},
		},
		{
			name:   "what another program starts for CMD",
			config: v1.Config{Entrypoint: []string{"env", "A=1"}, Cmd: []string{"git", "daemon"}, Env: []string{Path}},
			want:   map[string]string{"usr/bin/git": "command: CMD starts it"},
		},
		{
			name: "what the image surely starts is looked for, whatever the lists say", config: v1.Config{Cmd: []string{"sh", "-c", "exec odd"}, Env: []string{Path}},
			want: map[string]string{"usr/bin/odd": "command: CMD starts it"},
		},
		{
			name: "variables of the image and of the script", config: v1.Config{Entrypoint: []string{"/entrypoint.sh"}, Env: []string{Path, "TOOLS=/opt/tools"}},
			user: []lt.Entry{lt.Script("entrypoint.sh", "#!/bin/sh\nG=git\n$G x; $TOOLS/run; $UNKNOWN/curl; PATH=$TOOLS/bin:$PATH own\n"), lt.Script("opt/tools/run", "elf"), lt.Script("opt/tools/bin/own", "elf")},
			want: map[string]string{
				"entrypoint.sh": "command: ENTRYPOINT starts it", "usr/bin/git": "command: called in /entrypoint.sh:3 < entrypoint.sh",
				"opt/tools/run": "command: called in /entrypoint.sh:3 < entrypoint.sh", "opt/tools/bin/own": "command: called in /entrypoint.sh:3 < entrypoint.sh",
			},
		},
		{
			name: "what a distribution cannot do without", config: v1.Config{Env: []string{Path}},
			user: []lt.Entry{lt.File(site+"/GitPython-3.1.dist-info/RECORD", "git/__init__.py,,\n"), lt.File(site+"/ansible_core-2.1.dist-info/METADATA", "")},
			want: map[string]string{
				"usr/bin/git": "needs: GitPython 3.1 calls it < " + site + "/GitPython-3.1.dist-info/METADATA",
				"usr/bin/ssh": "needs: ansible_core 2.1 calls it < " + site + "/ansible_core-2.1.dist-info/METADATA",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, base := capturedScene(t, c.config, slimBase(), tools(), run("x", c.user...))
			sel, err := extract.Select(t.Context(), in, base, selection.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, it := range sel.Items {
				if rule := it.Reason.Rule.Name; it.Verdict == selection.Kept && it.Kind != layers.Dir && (rule == "command" || rule == "needs") {
					got[it.Path] = rule + ": " + it.Reason.Text
					if it.Reason.From != "" {
						got[it.Path] += " < " + it.Reason.From
					}
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if len(sel.Questions) > 0 {
				t.Errorf("questions %v", sel.Questions)
			}
		})
	}
}
