package evidence

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"strings"

	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/shellsource"
	"github.com/slimify/slimify/layers"
)

// Evidence of a source is its first line, if that names an interpreter, then a mark,
// then what was read from it, as JSON.
const (
	sourceMark = "\n\x00source\n"
	shellMark  = "\n\x00shell\n"
)

// maxSource bounds the sources that are read, in bytes: people write shorter ones.
const maxSource = 2 << 20

var shellNames = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "ksh": true}

// isScript reports whether a file is a script or a source by its name or its
// first bytes.
func (c *Capturer) isScript(e *layers.Entry, magic []byte) bool {
	if bytes.HasPrefix(magic, []byte("#!")) && e.Mode&0o111 != 0 {
		return true
	}
	return c.sourceLanguage(e.Name, "") != nil || isShell(e.Name, "")
}

// sourceLanguage returns the language of a source, nil for other files.
func (c *Capturer) sourceLanguage(name, shebang string) *Language {
	for i := range c.languages {
		if c.languages[i].IsSource(name, shebang) {
			return &c.languages[i]
		}
	}
	return nil
}

// isShell reports whether a file is a shell script by its name and its first line.
func isShell(name, shebang string) bool {
	interpreter := ""
	if words := strings.Fields(strings.TrimPrefix(shebang, "#!")); len(words) > 0 {
		interpreter = path.Base(words[0])
		if interpreter == "env" {
			interpreter = path.Base(EnvProgram(strings.Join(words[1:], " ")))
		}
	}
	return shellNames[interpreter] || strings.HasSuffix(name, ".sh") || strings.HasSuffix(name, ".bash")
}

// captureScript keeps what a source imports, calls and opens. Nothing is kept of the
// standard library and of Debian packages; of the sources of installed packages only
// the libraries that they open are kept.
func (c *Capturer) captureScript(e *layers.Entry, content io.Reader) ([]byte, error) {
	head := make([]byte, min(e.Size, maxShebang))
	if _, err := io.ReadFull(content, head); err != nil {
		return nil, err
	}
	var line []byte
	if bytes.HasPrefix(head, []byte("#!")) {
		line, _, _ = bytes.Cut(bytes.Clone(head), []byte("\n"))
	}
	lang := c.sourceLanguage(e.Name, string(line))
	shell := lang == nil && isShell(e.Name, string(line))
	application := IsApplication(e.Name, c.languages)
	installed := lang != nil && lang.IsInstalled(e.Name)
	if e.Size > maxSource || !application && !installed || lang == nil && !shell {
		return executable(e, line), nil
	}
	text, release, err := c.content(io.MultiReader(bytes.NewReader(head), content), e.Size)
	if err != nil {
		return nil, err
	}
	defer release()
	switch {
	case shell:
		if script := shellsource.Scan(text); !script.Empty() {
			return marked(line, shellMark, script)
		}
		return line, nil
	case application:
		if found := lang.Scan(text); !found.Empty() {
			return marked(line, sourceMark, found)
		}
		return line, nil
	default:
		if libraries := lang.ScanLibraries(text); len(libraries) > 0 {
			return marked(executable(e, line), sourceMark, source.Source{Libraries: libraries})
		}
		return executable(e, line), nil
	}
}

// executable is the first line of a script that can be started by its name.
func executable(e *layers.Entry, line []byte) []byte {
	if e.Mode&0o111 == 0 {
		return nil
	}
	return line
}

func marked(line []byte, mark string, found any) ([]byte, error) {
	doc, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{line, []byte(mark), doc}, nil), nil
}

// Source returns what was read from a source; nil for other files. For a source of an
// installed package it has only the libraries that it opens.
func Source(n *layers.Node) *source.Source {
	found := new(source.Source)
	if !decodeMarked(n, sourceMark, found) {
		return nil
	}
	return found
}

// Shell returns what was read from a shell script of the application; nil for other
// files.
func Shell(n *layers.Node) *source.Script {
	script := new(source.Script)
	if !decodeMarked(n, shellMark, script) {
		return nil
	}
	return script
}

// decodeMarked decodes the JSON that follows a mark.
func decodeMarked(n *layers.Node, mark string, into any) bool {
	if n.Kind != layers.File {
		return false
	}
	_, doc, ok := bytes.Cut(n.Evidence, []byte(mark))
	return ok && json.Unmarshal(doc, into) == nil
}
