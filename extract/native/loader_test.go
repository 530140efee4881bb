package native_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// The order in which ld.so(8) searches: RPATH unless there is RUNPATH, LD_LIBRARY_PATH,
// RUNPATH, ld.so.conf, the trusted directories.
func TestSearch(t *testing.T) {
	t.Parallel()
	amd64 := elffile.Info{Class: elf.ELFCLASS64, Machine: elf.EM_X86_64}
	strange := elffile.Info{Class: elf.ELFCLASS64, Machine: elf.EM_MIPS}
	const trusted = "lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu lib usr/lib"
	for _, c := range []struct {
		name    string
		info    elffile.Info
		rpath   []string
		runpath []string
		env     string
		conf    string
		want    string
	}{
		{name: "nothing set", info: amd64, want: trusted},
		{name: "another machine", info: strange, want: "lib usr/lib"},
		{name: "rpath", info: amd64, rpath: []string{"/r:/s", "/t"}, env: "/l", conf: "/c\n", want: "r s t l c " + trusted},
		{name: "runpath", info: amd64, rpath: []string{"/r"}, runpath: []string{"/u"}, env: "/l", conf: "/c\n", want: "l u c " + trusted},
		{name: "relative directories of the environment", info: amd64, env: "rel:/l::/m:$LIB", want: "l m " + trusted},
		{name: "lines of the configuration", info: amd64, conf: "# /no\n  /c # yes\nrel\n/../out\ninclude /etc/x\n\n/c\n/d/../e\n", want: "c e " + trusted},
		{
			name: "tokens", info: amd64, rpath: []string{"$ORIGIN/../libs:${ORIGIN}:/opt/$LIB:/opt/${LIB}:/$PLATFORM/x:/..::$ORIGIN/../../../..:/$ORIGINAL"},
			want: "app/libs app/bin opt/lib/x86_64-linux-gnu opt/lib/x86_64-linux-gnu app/binAL " + trusted,
		},
		{name: "tokens on another machine", info: strange, rpath: []string{"/opt/$LIB"}, want: "opt/lib lib usr/lib"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree := lt.Tree(0, []lt.Entry{lt.File("etc/ld.so.conf.d/x.conf", c.conf)})
			l := native.NewLoader([]string{"LD_LIBRARY_PATH=" + c.env}, lt.Tree(0), tree, tree)
			c.info.Rpath, c.info.Runpath = c.rpath, c.runpath
			if got := l.Search("app/bin/x", &c.info); !slices.Equal(got, strings.Fields(c.want)) {
				t.Errorf("directories %q, want %q", got, c.want)
			}
		})
	}
}

func TestIsTest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"app/test_x.py": true, "app/x_test.py": true, "app/conftest.py": true, "app/tests/x.py": true, "app/test/deep/x.py": true,
		"app/x.py": false, "app/testing/x.py": false, "app/x_test.sh": false, "app/tests": false, "app/latest_x.py": false,
	} {
		if got := native.IsTest(name); got != want {
			t.Errorf("IsTest(%q) = %v", name, got)
		}
	}
}

func TestHostLibrary(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"libcuda.so.1": true, "libnvidia-ml.so.1": true, "libnvcuvid.so.1": true, "libcudart.so.12": false, "libc.so.6": false, "xlibcuda.so.1": false,
	} {
		if got := native.HostLibrary(name); got != want {
			t.Errorf("HostLibrary(%q) = %v", name, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	mips := &elffile.Info{Machine: elf.EM_MIPS, Rpath: []string{"$ORIGIN"}}
	for library, want := range map[string][]string{
		"libx.so": {"app/libx.so", "lib/libx.so", "usr/lib/libx.so"}, "/opt/libx.so": {"/opt/libx.so"}, "./libx.so": {"./libx.so"},
	} {
		if got := (native.Loader{}).Places("app/x", mips, library); !slices.Equal(got, want) {
			t.Errorf("places of %s are %q, want %q", library, got, want)
		}
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	tree := layers.NewTree()
	table, err := layers.Index(bytes.NewReader(lt.Tar(plain("same"), other("other"), lt.File("text", "text"))), evidence.NewCapturer(nil).Capture, layers.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Apply(0, table); err != nil {
		t.Fatal(err)
	}
	fits := native.Fits(&elffile.Info{Class: elf.ELFCLASS64, Machine: elf.EM_X86_64})
	for name, want := range map[string]bool{"same": true, "other": false, "text": false} {
		n, err := tree.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fits(n); got != want {
			t.Errorf("%s fits: %v", name, got)
		}
	}
}
