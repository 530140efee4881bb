package verify_test

import (
	"testing"

	"github.com/slimify/slimify/internal/elftest"
	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Libraries, loaders and symbol versions that ELF files need.
func TestELF(t *testing.T) {
	t.Parallel()
	const missing = ", which does not exist"
	vt.Test(t, []vt.Case{
		{
			Name: "a shared library is missing", Lose: []lt.Entry{lt.Whiteout(vt.Lib + "/libpq.so.5")},
			Alone: []string{
				"elf: failure: /" + vt.Site + "/psycopg2/_psycopg" + vt.ABI + ": library libpq.so.5 not found",
				"loader-cache: note: /etc/ld.so.cache: lists /lib/x86_64-linux-gnu/libpq.so.5" + missing,
			},
			Against: []string{
				"elf: failure: /" + vt.Site + "/psycopg2/_psycopg" + vt.ABI + ": library libpq.so.5 not found",
				"loader-cache: failure: /etc/ld.so.cache: lists /lib/x86_64-linux-gnu/libpq.so.5" + missing,
			},
		},
		{
			Name: "a library for another machine does not count", Lose: []lt.Entry{vt.Library(vt.Lib+"/libpq.so.5", elftest.Spec{Machine: 183, Soname: "libpq.so.5"})},
			Alone:   []string{"elf: failure: /" + vt.Site + "/psycopg2/_psycopg" + vt.ABI + ": library libpq.so.5 not found"},
			Against: []string{"elf: failure: /" + vt.Site + "/psycopg2/_psycopg" + vt.ABI + ": library libpq.so.5 not found"},
		},
		{
			Name: "a library of a Debian package lacks its own", Lose: []lt.Entry{vt.Library(vt.Lib+"/libpq.so.5", elftest.Spec{Needed: []string{"libldap.so.2", "libc.so.6"}, DefVersions: []string{"PQ_5"}})},
			Alone:   []string{"elf: failure: /" + vt.Lib + "/libpq.so.5: library libldap.so.2 not found"},
			Against: []string{"elf: note: /" + vt.Lib + "/libpq.so.5: library libldap.so.2 not found"},
		},
		{
			Name: "a plugin that nothing loads lacks a library", Lose: []lt.Entry{vt.Library("opt/plugin.so", elftest.Spec{Needed: []string{"libodbc.so.2"}})},
			Alone:   []string{"elf: note: /opt/plugin.so: library libodbc.so.2 not found"},
			Against: []string{"elf: note: /opt/plugin.so: library libodbc.so.2 not found"},
		},
		{
			Name: "private libraries are found by RUNPATH and by name", Lose: []lt.Entry{
				lt.Script(vt.Site+"/a/_a"+vt.ABI, string(elftest.Library(elftest.Spec{Needed: []string{"libb-1.so", "libc.so.6"}, Runpath: "$ORIGIN/../a.libs"}))),
				vt.Library(vt.Site+"/a.libs/libb-1.so", elftest.Spec{Needed: []string{"libd-1.so"}}), vt.Library(vt.Site+"/other.libs/libd-1.so", elftest.Spec{}),
			},
		},
		{
			Name: "the loader is missing", Lose: []lt.Entry{lt.Whiteout("usr/lib64/ld-linux-x86-64.so.2")},
			Alone: []string{
				"elf: note: /opt/ruby/bin/ruby: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/curl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: note: /usr/bin/env: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: note: /usr/bin/perl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/local/bin/python3.9: loader /lib64/ld-linux-x86-64.so.2 not found",
			},
			Against: []string{
				"elf: failure: /opt/ruby/bin/ruby: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/curl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/env: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/bin/perl: loader /lib64/ld-linux-x86-64.so.2 not found",
				"elf: failure: /usr/local/bin/python3.9: loader /lib64/ld-linux-x86-64.so.2 not found",
			},
		},
		{
			Name: "a symbol version is missing", Lose: []lt.Entry{vt.Library(vt.Lib+"/libc.so.6", elftest.Spec{DefVersions: []string{"GLIBC_2.17"}})},
			Alone:   []string{"symbol-versions: failure: /" + vt.Site + "/psycopg2/_psycopg" + vt.ABI + ": version GLIBC_2.31 of libc.so.6 not found in /" + vt.Lib + "/libc.so.6"},
			Against: []string{"symbol-versions: failure: /" + vt.Site + "/psycopg2/_psycopg" + vt.ABI + ": version GLIBC_2.31 of libc.so.6 not found in /" + vt.Lib + "/libc.so.6"},
		},
		{
			Name: "a library without versions is not checked", Lose: []lt.Entry{vt.Library(vt.Lib+"/libpq.so.5", elftest.Spec{Needed: []string{"libc.so.6"}})},
		},
	})
}
