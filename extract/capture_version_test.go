package extract_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/internal/elftest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Tables with evidence are kept on disk. If this fails, what is captured has
// changed: raise extract.EvidenceVersion and put the new sum here.
func TestEvidenceVersion(t *testing.T) {
	t.Parallel()
	const version, want = 2, "90f9e97ac0c1aa29d0be9b25607f9ec58414af9fa125de3eced4b46bd9edb56b"
	script := "#!/bin/sh\nimport os\nexec git \"$@\"\n"
	var entries []lt.Entry
	for _, name := range []string{
		"app/RECORD", "app/installed-files.txt", "app/top_level.txt", "app/x.pth", "app/__editable__x.py", "app/x.egg-link", "app/direct_url.json",
		"app/PKG-INFO", "app/METADATA", "app/pyvenv.cfg", "app/x.pyc", "app/x.py", "app/x", "app/x.so", "app/x.sh", "app/x.pem", "app/x.key",
		"etc/passwd", "etc/a/b/c/d", "etc/a/b/c/d/e", "etc/os-release", "etc/ld.so.cache", "etc/x.py", "usr/lib/os-release",
		"var/lib/dpkg/status", "var/lib/dpkg/status.d/x", "var/lib/dpkg/info/x.list", "var/lib/dpkg/info/x.md5sums", "var/lib/dpkg/info/x.triggers",
		"var/lib/dpkg/info/x.postinst", "var/lib/dpkg/alternatives/x", "var/lib/dpkg/diversions", "var/lib/dpkg/statoverride", "var/lib/apt/extended_states",
		"usr/local/include/python3.9/patchlevel.h", "usr/share/doc/x/copyright",
	} {
		for i, content := range []string{script, "import ctypes, subprocess\nctypes.CDLL('libx.so')\nsubprocess.run(['git'])\n", string(elftest.Library(elftest.Spec{Soname: "libx.so.1", Needed: []string{"libc.so.6"}}))} {
			entries = append(entries, lt.Script(fmt.Sprint(i, "/", name), content), lt.File(name, content))
		}
	}
	sum := sha256.New()
	for _, e := range capturedTable(t, entries...).Entries {
		fmt.Fprintf(sum, "%s %v %q\n", e.Name, e.Evidence != nil, e.Evidence)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want || evidence.Version != version {
		t.Errorf("version %d captures %s; version %d was %s", evidence.Version, got, version, want)
	}
}
