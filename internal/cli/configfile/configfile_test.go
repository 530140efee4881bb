package configfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slimify/slimify/internal/cli/configfile"
)

// describe writes the entries of a file in a line.
func describe(entries []configfile.Entry) string {
	var out []string
	for _, e := range entries {
		value := "?"
		if list, err := e.Value.List(); err == nil {
			var texts []string
			for _, v := range list {
				t, err := v.Text()
				if err != nil {
					t = "!" + err.Error()
				}
				texts = append(texts, t)
			}
			value = "[" + strings.Join(texts, ",") + "]"
		} else if m, err := e.Value.Map(); err == nil {
			value = fmt.Sprint(m)
		} else if b, err := e.Value.Bool(); err == nil {
			value = fmt.Sprint(b)
		} else if n, err := e.Value.Int(); err == nil {
			value = fmt.Sprint(n)
		} else if t, err := e.Value.Text(); err == nil {
			value = t
		}
		out = append(out, fmt.Sprintf("%s@%d:%d=%s", e.Key, e.At.Line, e.At.Column, value))
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, want, err string }{
		"nothing":            {doc: ""},
		"a comment":          {doc: "# strict: true\n"},
		"an empty document":  {doc: "---\n"},
		"values":             {doc: "base: python:3.9-slim\nstrict: true\njobs: 4\n", want: "base@1:1=python:3.9-slim strict@2:1=true jobs@3:1=4"},
		"a list":             {doc: "keep:\n  - deb:git\n  - /opt/**\n", want: "keep@1:1=[deb:git,/opt/**]"},
		"a map":              {doc: "registry-mirror: {docker.io: m.example, b: 1}", want: "registry-mirror@1:1=[[docker.io m.example] [b 1]]"},
		"one document":       {doc: "---\na: 1\n...\n", want: "a@2:1=1"},
		"numbers as written": {doc: "max-size: 1_000\nbase: 3.10\n", want: "max-size@1:1=1_000 base@2:1=3.10"},
		"no is a string":     {doc: "strict: no", want: "strict@1:1=no"},
		"a byte order mark":  {doc: "\ufeffstrict: true", want: "strict@1:1=true"},
		"Windows' lines":     {doc: "a: b\r\nc: d\r\n", want: "a@1:1=b c@2:1=d"},
		"an alias":           {doc: "keep: &k [/a]\ndrop: *k\n", want: "keep@1:1=[/a] drop@2:1=[/a]"},
		"an alias to itself": {doc: "keep: &k [*k]\n", want: "keep@1:1=[!f:1:11: expected a string, found a list]"},

		"a second document":   {doc: "a: 1\n---\nb: 2\n", err: "f:2:1: a second document starts here; only one is allowed"},
		"a list at the top":   {doc: "- a\n", err: `f:1:1: expected a map, such as "strict: true"; found a list`},
		"a string at the top": {doc: "\nstrict\n", err: `f:2:1: expected a map, such as "strict: true"; found "strict"`},
		"a key twice":         {doc: "a: 1\nb: 2\na: 3\n", err: "f:3:1: a: already set in line 1"},
		"a key of a list":     {doc: "[a]: 1\n", err: "f:1:1: expected a string, found a list"},
		"an escape":           {doc: "\"\\e[2Jx\": 1\n", err: `f:1:1: expected a string of printable characters, found "\x1b[2Jx"`},
		"bad indentation":     {doc: "a: b: c\n", err: "f:1:5: invalid YAML: mapping values are not allowed in this context"},
		"no end":              {doc: "a: [\n", err: "f:2:1: invalid YAML: did not find expected node content"},
		"no such anchor":      {doc: "a: *b\n", err: "f:1:4: invalid YAML: unknown anchor 'b' referenced"},
		"control bytes":       {doc: "a: \x01\n", err: "f: invalid YAML: control characters are not allowed (value: 1)"},
		"two errors":          {doc: "a: 1\na: 2\n[]: 1\n", err: "f:2:1: a: already set in line 1\nf:3:1: expected a string, found a list"},
		"half a document":     {doc: "a: 1\n---\n\"", err: "f:3:2: invalid YAML: found unexpected end of stream"},
	} {
		t.Run(name, func(t *testing.T) {
			entries, err := configfile.Parse([]byte(c.doc), "f")
			if text := fmt.Sprint(err); err != nil && text != c.err || err == nil && c.err != "" {
				t.Errorf("error %v, want %s", err, c.err)
			}
			if got := describe(entries); err == nil && got != c.want {
				t.Errorf("read %s, want %s", got, c.want)
			}
		})
	}
}

// Aliases of aliases are resolved but never expanded.
func TestParseBomb(t *testing.T) {
	t.Parallel()
	doc := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 100 {
		doc += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	entries, err := configfile.Parse([]byte(doc), "f")
	if err != nil {
		t.Fatal(err)
	}
	list, err := entries[100].Value.List()
	if err != nil || len(list) != 9 {
		t.Fatalf("%d values, %v", len(list), err)
	}
	if text, err := list[0].Text(); err == nil {
		t.Errorf("a list is the string %q", text)
	}
}

func TestValueErrors(t *testing.T) {
	t.Parallel()
	entries, err := configfile.Parse([]byte("list: [a]\nmap: {a: b}\ntext: many\nnumber: 1.5\nnone:\nyes: true\nbig: 99999999999999999999\nnested: {a: [b]}\ntwice: {a: 1, a: 2}\nkeys: {[a]: b}\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]configfile.Value)
	for _, e := range entries {
		values[e.Key] = e.Value
	}
	for _, c := range []struct {
		as, key, want string
	}{
		{"text", "list", "f:1:7: expected a string, found a list"},
		{"text", "map", "f:2:6: expected a string, found a map"},
		{"text", "none", "f:5:6: expected a string, found nothing"},
		{"text", "yes", "f:6:6: expected a string, found true"},
		{"bool", "text", `f:3:7: expected true or false, found "many"`},
		{"bool", "number", "f:4:9: expected true or false, found 1.5"},
		{"int", "text", `f:3:7: expected an integer, found "many"`},
		{"int", "number", "f:4:9: expected an integer, found 1.5"},
		{"int", "big", "f:7:6: expected an integer, found 99999999999999999999"},
		{"list", "text", `f:3:7: expected a list, such as [a, b], found "many"`},
		{"list", "none", "f:5:6: expected a list, such as [a, b], found nothing"},
		{"list", "map", "f:2:6: expected a list, such as [a, b], found a map"},
		{"map", "list", "f:1:7: expected a map, such as {a: b}, found a list"},
		{"map", "nested", "f:8:13: expected a string, found a list"},
		{"map", "twice", "f:9:15: duplicate key a"},
		{"map", "keys", "f:10:8: expected a string, found a list"},
	} {
		v := values[c.key]
		var err error
		switch c.as {
		case "text":
			_, err = v.Text()
		case "bool":
			_, err = v.Bool()
		case "int":
			_, err = v.Int()
		case "list":
			_, err = v.List()
		case "map":
			_, err = v.Map()
		}
		if fmt.Sprint(err) != c.want {
			t.Errorf("%s as %s: %v, want %s", c.key, c.as, err, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"a/b/c", "a/blocked/.slimify.yaml/d", "a/linked", "a/misnamed"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".slimify.yaml", "a/b/.slimify.yaml", "a/b/.slimify.yml", "a/misnamed/.slimify.yml"} {
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A checkout may have links to any file of the machine.
	if err := os.Symlink(filepath.Join(root, "a/b/.slimify.yaml"), filepath.Join(root, "a/linked/.slimify.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, want, err string }{
		{"", ".slimify.yaml", ""},
		{"a", "../.slimify.yaml", ""},
		{"a/b", ".slimify.yaml", ""},
		{"a/b/c", "../.slimify.yaml", ""},
		{"a/blocked", "", ".slimify.yaml: not a regular file"},
		{"a/linked", "", ".slimify.yaml: symbolic links are not followed: the file may come with a checkout and lead anywhere"},
		{"a/misnamed", "", ".slimify.yml: the name is .slimify.yaml"},
	} {
		got, err := configfile.Find(filepath.Join(root, c.dir))
		if got != c.want || err == nil && c.err != "" || err != nil && err.Error() != c.err {
			t.Errorf("from %q: %q, %v; want %q, %s", c.dir, got, err, c.want, c.err)
		}
	}
	if got, err := configfile.Find("/"); err != nil || got != "" && got != configfile.Name {
		t.Errorf("from the root: %q, %v", got, err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, []byte(strings.Repeat("#", 2<<20)), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		large:                        large + ": larger than 1048576 bytes",
		filepath.Join(dir, "absent"): filepath.Join(dir, "absent") + ": no such file or directory",
		dir:                          dir + ": is a directory",
	} {
		_, err := configfile.Read(path)
		var e *configfile.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("keep: [a]\nregistry-mirror: {a: b}\nstrict: true\n"))
	f.Add([]byte("a: &a [*a]\nb: *a\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		entries, err := configfile.Parse(doc, "f")
		var e *configfile.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%v is no *config.Error", err)
		}
		describe(entries)
	})
}
