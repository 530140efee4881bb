package extract_test

import (
	"crypto/md5" //nolint:gosec // dpkg's checksums
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// generated returns the content of a file that a selection makes.
func generated(sel *selection.Selection, name string) (string, bool) {
	for _, g := range sel.Generated {
		if g.Entry.Name == name {
			return string(g.Content), true
		}
	}
	return "", false
}

// Accounts of the original base image are copied if the image uses them.
func TestCopiedAccounts(t *testing.T) {
	t.Parallel()
	base := []lt.Entry{
		lt.File("etc/group", "root:x:0:\nshadow:x:42:\n"), lt.File("etc/shadow", "root:*:1:0:99999:7:::\n").Chmod(0o640).Chown(0, 42), lt.File("etc/gshadow", "root:*::\n"),
	}
	cold := []lt.Entry{
		lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nmessagebus:x:104:106::/nonexistent:/usr/sbin/nologin\nsshd:x:105:65534::/run/sshd:/usr/sbin/nologin\n"),
		lt.File("etc/group", "root:x:0:\nmessagebus:x:106:\ncrontab:x:107:\nother:x:108:\n"),
		lt.File("etc/shadow", "root:*:1:0:99999:7:::\nmessagebus:!:1::::::\nsshd:!:1::::::\n"), lt.File("etc/gshadow", "messagebus:!::\ncrontab:!::\nother:!::\n"),
	}
	const passwd = "root:x:0:0:root:/root:/bin/bash\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\n"
	for _, c := range []struct {
		name   string
		config v1.Config
		files  []lt.Entry
		want   map[string]string
	}{
		{
			"USER", v1.Config{User: "messagebus"}, nil, map[string]string{
				"etc/passwd": passwd + "messagebus:x:104:106::/nonexistent:/usr/sbin/nologin\n", "etc/group": "root:x:0:\nshadow:x:42:\nmessagebus:x:106:\n",
				"etc/shadow": "root:*:1:0:99999:7:::\nmessagebus:!:1::::::\n", "etc/gshadow": "root:*::\nmessagebus:!::\n",
			},
		},
		{
			"owners of kept files", v1.Config{}, []lt.Entry{lt.File("srv/spool", "").Chown(0, 107)}, map[string]string{
				"etc/group": "root:x:0:\nshadow:x:42:\ncrontab:x:107:\n", "etc/gshadow": "root:*::\ncrontab:!::\n",
			},
		},
		{"not those of dropped files, nor unknown ids", v1.Config{User: "4711:4712"}, []lt.Entry{lt.File("tmp/x", "").Chown(105, 107), lt.File("srv/x", "").Chown(999, 1234)}, map[string]string{}},
		{
			"not where the user's layers have their own", v1.Config{User: "sshd"}, []lt.Entry{lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000:::\n")},
			map[string]string{"etc/passwd": "root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000:::\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\n"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			sel := choose(t, c.config, selection.Options{}, base, cold, run("x", c.files...))
			got := make(map[string]string)
			for _, name := range []string{"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"} {
				if content, ok := generated(sel, name); ok {
					got[name] = content
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("databases (-want +got):\n%s", diff)
			}
			for _, g := range sel.Generated {
				if g.Entry.Name == "etc/shadow" && (g.Entry.Mode != 0o640 || g.Entry.GID != 42) {
					t.Errorf("shadow has mode %o and group %d", g.Entry.Mode, g.Entry.GID)
				}
			}
		})
	}
}

// Directories that the config names are there, with owner and mode, whatever
// else is left out, and whether or not a layer has them.
func TestConfiguredDirectories(t *testing.T) {
	t.Parallel()
	config := v1.Config{
		WorkingDir: "/work/deep", User: "1000", Env: []string{"HOME=/home/env"},
		Volumes: map[string]struct{}{"/home/app/a/b": {}, "/vol": {}, "/none/vol": {}, "/app-of-base": {}, "/dropped": {}},
	}
	in, base := capturedScene(t, config, slimBase(), nil, run("x",
		lt.File("etc/passwd", "app:x:1000:1000::/home/app:/bin/sh\n"), lt.Dir("home/app").Chown(1000, 1000).Chmod(0o750), lt.File("home/app/rest", ""),
		lt.Dir("home/env").Chown(5, 5), lt.Dir("vol").Chmod(0o1777), lt.Dir("dropped")))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{Minimal: true, Drop: patterns(t, "/dropped")})
	if err != nil {
		t.Fatal(err)
	}
	plan := plan.New(sel, base)
	want := []string{
		"system: etc/passwd", "system: home/", "system: home/app/", "system: home/app/a/", "system: home/app/a/b/", "system: none/", "system: none/vol/", "system: work/", "system: work/deep/", "system: home/env/", "system: vol/",
	}
	got := written(plan)
	if diff := cmp.Diff(want, got[len(got)-len(want):]); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	for name, mode := range map[string]uint32{"home/app": 0o750, "vol": 0o1777, "work/deep": 0o755} {
		if e := plan.Expected[name]; e == nil || e.Kind != layers.Dir || e.Mode != mode {
			t.Errorf("/%s: %+v, want a directory of mode %o", name, e, mode)
		}
	}
	if plan.Expected["home/app"].UID != 1000 {
		t.Errorf("the home's owner is %d", plan.Expected["home/app"].UID)
	}
}

// What the user changed of the system stays changed, be it a package's or not.
func TestEditedSystem(t *testing.T) {
	t.Parallel()
	const kept = "kept, unowned"
	want := map[string]string{
		"usr/local/share/ca-certificates/corp.crt": kept, "etc/ssl/certs/ca-certificates.crt": kept, "etc/ssl/certs/corp.pem": kept, "etc/ssl/openssl.cnf": kept,
		"opt/ca.pem": "kept, variable", "usr/lib/locale/locale-archive": kept, "etc/locale.gen": kept, "etc/default/locale": kept, "etc/timezone": kept, "etc/localtime": kept,
		"etc/subuid": kept, "etc/subgid": kept,
	}
	var files []lt.Entry
	for name := range want {
		files = append(files, lt.File(name, "mine"))
	}
	sel := choose(t, v1.Config{Env: []string{"SSL_CERT_FILE=/opt/ca.pem"}}, selection.Options{}, nil, nil, run("update-ca-certificates", files...))
	if diff := cmp.Diff(want, rules(sel, want)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

// A package is moved as FAT has it, and its files that the user edited are recognized: by
// layer, or by the checksums of its configuration.
func TestEditedPackage(t *testing.T) {
	t.Parallel()
	sum := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) } //nolint:gosec // dpkg's checksums
	install := []lt.Entry{
		lt.File("var/lib/dpkg/info/nginx.list", "/etc/nginx.conf\n/etc/old.conf\n/etc/same.conf\n/usr/sbin/nginx\n/usr/share/nginx\n"),
		lt.File("var/lib/dpkg/status", "Package: nginx\nStatus: install ok installed\nConffiles:\n /etc/nginx.conf "+sum("theirs")+"\n /etc/same.conf "+
			sum("same")+"\n /etc/old.conf newconffile\nDescription: x\n"),
		lt.File("etc/nginx.conf", "mine"), lt.File("etc/same.conf", "same"), lt.File("etc/old.conf", "old"), lt.Script("usr/sbin/nginx", "x"), lt.File("usr/share/nginx", "page"),
	}
	sel := choose(t, v1.Config{}, selection.Options{}, nil, nil, run("apt-get install nginx && sed -i", install...), run("echo", lt.File("usr/share/nginx", "my page")))
	want := map[string]string{
		"etc/nginx.conf": "kept, edited", "etc/same.conf": "kept, debian", "etc/old.conf": "kept, debian", "usr/sbin/nginx": "kept, debian",
		"usr/share/nginx": "kept, edited",
	}
	if diff := cmp.Diff(want, rules(sel, want)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	key := "-----BEGIN RSA PRIVATE KEY-----\n"
	sel := choose(t, v1.Config{WorkingDir: "/app"}, selection.Options{Drop: patterns(t, "/app/dropped.key")}, nil, nil, run("x",
		lt.File("app/.env", "A=1"), lt.File("app/.env.example", "A="), lt.File("app/server.key", key), lt.File("app/cert.pem", "-----BEGIN CERTIFICATE-----"),
		lt.File("app/dropped.key", key), lt.File("app/.git/HEAD", "x"), lt.File("app/.git/config", ""), lt.File("root/.ssh/id_ed25519", "x"), lt.File("root/.ssh/id_ed25519.pub", "x"),
		lt.File("home/u/.aws/credentials", "x"), lt.File("app/credentials", ""), lt.File("app/.npmrc", ""),
		lt.File(site+"/certifi/cacert.pem", "x"), lt.File(site+"/tests/server.key", key), lt.File("root/.pyenv/versions/3.8/lib/python3.8/test/keycert.pem", key), lt.File("etc/ssl/private/ssl-cert.key", key), lt.File("usr/share/doc/x/key.pem", key)))
	want := "secrets: 5 paths (/app/.env, /app/.git, /app/server.key, /home/u/.aws/credentials, /root/.ssh/id_ed25519) look like secrets and are kept; " +
		"to drop them: --drop /app/.env --drop /app/.git --drop /app/server.key --drop /home/u/.aws/credentials --drop /root/.ssh/id_ed25519\n"
	if got := warnings(sel); got != want {
		t.Errorf("warnings:\n%s\nwant:\n%s", got, want)
	}
	hostile := choose(t, v1.Config{WorkingDir: "/app"}, selection.Options{}, nil, nil, run("x", lt.File("app/it's $(id)/.env", "A=1")))
	if got, want := warnings(hostile), `to drop it: --drop '/app/it'\''s $(id)/.env'`; !strings.Contains(got, want) {
		t.Errorf("warnings:\n%s\nwant %s", got, want)
	}
	none := choose(t, v1.Config{}, selection.Options{}, nil, nil, run("x", lt.File("app/main.py", "")))
	if got := warnings(none); got != "" {
		t.Errorf("warnings %q", got)
	}
}

// Modes and capabilities reach the layers; traces of the building machine do not.
func TestAttributes(t *testing.T) {
	t.Parallel()
	in, base := capturedScene(t, v1.Config{}, slimBase(), nil, run("setcap",
		lt.Script("usr/local/bin/web", "elf").Chmod(0o4755).Xattr("security.capability", "\x01\x00\x00\x02"), lt.Script("usr/local/bin/sel", "elf").Xattr("security.selinux", "x")))
	sel, err := extract.Select(t.Context(), in, base, selection.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, l := range plan.New(sel, base).Layers {
		for _, w := range l.Writes {
			h := w.Entry.Header(w.Entry.Name)
			got[h.Name] = fmt.Sprintf("%o %q", h.Mode, h.PAXRecords["SCHILY.xattr.security.capability"]) + strings.Repeat("!", len(h.PAXRecords))
		}
	}
	want := map[string]string{"usr/local/bin/web": `4755 "\x01\x00\x00\x02"!`, "usr/local/bin/sel": `755 ""`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

// A link to a directory is its package's, as any file.
func TestPackageLinks(t *testing.T) {
	t.Parallel()
	sel := choose(t, v1.Config{}, selection.Options{}, nil, nil, run("x",
		lt.File("var/lib/dpkg/status", "Package: gcc\nStatus: install ok installed\nSection: devel\n\nPackage: cpp\nStatus: install ok installed\nSection: devel\n"),
		lt.File("var/lib/dpkg/info/gcc.list", "/opt/gcc\n"), lt.File("var/lib/dpkg/info/cpp.list", "/opt/cpp\n/opt/cpp/README\n"),
		lt.Symlink("opt/gcc", "cpp"), lt.File("opt/cpp/README", "")))
	want := map[string]string{"opt/gcc": "dropped, debian", "opt/cpp/README": "dropped, debian"}
	if diff := cmp.Diff(want, rules(sel, want)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}
