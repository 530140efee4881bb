package verify_test

import (
	"testing"

	"github.com/slimify/slimify/internal/elftest"
	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// The loader's cache lists the libraries that exist.
func TestLoaderCache(t *testing.T) {
	t.Parallel()
	const missing = ", which does not exist"
	vt.Test(t, []vt.Case{
		{
			Name: "the loader cache lists another library", Lose: []lt.Entry{vt.Cache("/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libpq.so.5", "/usr/local/lib/libabsent.so")},
			Alone: []string{
				"loader-cache: note: /etc/ld.so.cache: lists /usr/local/lib/libabsent.so" + missing,
				"loader-cache: failure: /usr/local/lib/libpython3.9.so.1.0: library libpython3.9.so.1.0 is not in the loader cache",
			},
			Against: []string{
				"loader-cache: note: /etc/ld.so.cache: lists /usr/local/lib/libabsent.so" + missing,
				"loader-cache: failure: /usr/local/lib/libpython3.9.so.1.0: library libpython3.9.so.1.0 is not in the loader cache",
			},
		},
		{
			Name: "a library that nothing needs is not in the cache", Lose: []lt.Entry{vt.Library("usr/local/lib/libnew.so.1", elftest.Spec{})},
			Alone:   []string{"loader-cache: note: /usr/local/lib/libnew.so.1: library libnew.so.1 is not in the loader cache"},
			Against: []string{"loader-cache: note: /usr/local/lib/libnew.so.1: library libnew.so.1 is not in the loader cache"},
		},
		{
			Name: "the cache is damaged", Lose: []lt.Entry{lt.File("etc/ld.so.cache", "rubbish")},
			Alone:   []string{"loader-cache: note: /etc/ld.so.cache: cannot be read: not a cache of the dynamic loader that can be extended"},
			Against: []string{"loader-cache: note: /etc/ld.so.cache: cannot be read: not a cache of the dynamic loader that can be extended"},
		},
	})
}
