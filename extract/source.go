package extract

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"strings"

	"github.com/slimify/slimify/internal/pysource"
	"github.com/slimify/slimify/internal/shellsource"
	"github.com/slimify/slimify/internal/source"
	"github.com/slimify/slimify/layers"
)

// Marks stand in the evidence of a script before what it tells, as JSON. A
// script's first line stands before the mark, as in evidence of scripts of other
// languages.
const (
	sourceMark = "\n\x00python\n"
	shellMark  = "\n\x00shell\n"
)

// maxSource bounds the scripts that are read: people write shorter ones.
const maxSource = 2 << 20

var shellNames = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "ksh": true}

// mayTell reports whether a file is a script by its name or its first bytes.
func mayTell(e *layers.Entry, magic []byte) bool {
	if bytes.HasPrefix(magic, []byte("#!")) && e.Mode&0o111 != 0 {
		return true
	}
	python, shell := languageOf(e.Name, "")
	return python || shell
}

// languageOf tells a script's language by its name and its first line.
func languageOf(name, shebang string) (python, shell bool) {
	interpreter := ""
	if words := strings.Fields(strings.TrimPrefix(shebang, "#!")); len(words) > 0 {
		interpreter = path.Base(words[0])
		if interpreter == "env" {
			interpreter = path.Base(envProgram(strings.Join(words[1:], " ")))
		}
	}
	python = strings.HasSuffix(name, ".py") || strings.Contains(shebang, "python")
	shell = !python && (shellNames[interpreter] || strings.HasSuffix(name, ".sh") || strings.HasSuffix(name, ".bash"))
	return python, shell
}

// captureScript keeps what a script tells, after its first line if that names an
// interpreter. Of the standard library and of packages nothing is kept, of the
// sources of distributions only the libraries that they open: a hundred thousand
// of them must not fill the memory.
func (c *Capturer) captureScript(e *layers.Entry, content io.Reader) ([]byte, error) {
	head := make([]byte, min(e.Size, maxShebang))
	if _, err := io.ReadFull(content, head); err != nil {
		return nil, err
	}
	var line []byte
	if bytes.HasPrefix(head, []byte("#!")) {
		line, _, _ = bytes.Cut(bytes.Clone(head), []byte("\n"))
	}
	python, shell := languageOf(e.Name, string(line))
	application := IsApplication(e.Name)
	if e.Size > maxSource || !application && (!python || !inSite(e.Name)) || !python && !shell {
		return executable(e, line), nil
	}
	text, release, err := c.content(io.MultiReader(bytes.NewReader(head), content), e.Size)
	if err != nil {
		return nil, err
	}
	defer release()
	switch {
	case shell:
		if told := shellsource.Scan(text); !told.Empty() {
			return marked(line, shellMark, told)
		}
		return line, nil
	case application:
		if told := pysource.Scan(text); !told.Empty() {
			return marked(line, sourceMark, told)
		}
		return line, nil
	default:
		if libraries := pysource.ScanLibraries(text); len(libraries) > 0 {
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

func marked(line []byte, mark string, told any) ([]byte, error) {
	doc, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{line, []byte(mark), doc}, nil), nil
}

// inSite reports whether a path lies in a directory of installed distributions.
func inSite(name string) bool {
	return strings.Contains(name, "/site-packages/") || strings.Contains(name, "/dist-packages/")
}

// PythonSource is what a Python source tells; nil for other files. One of a
// distribution tells only of the libraries that it opens.
func PythonSource(n *layers.Node) *source.Source {
	found := new(source.Source)
	if !toldBehind(n, sourceMark, found) {
		return nil
	}
	return found
}

// shellSource is what a shell script of the application tells; nil for other
// files.
func shellSource(n *layers.Node) *shellsource.Script {
	script := new(shellsource.Script)
	if !toldBehind(n, shellMark, script) {
		return nil
	}
	return script
}

// toldBehind decodes what stands behind a mark.
func toldBehind(n *layers.Node, mark string, into any) bool {
	if n.Kind != layers.File {
		return false
	}
	_, doc, ok := bytes.Cut(n.Evidence, []byte(mark))
	return ok && json.Unmarshal(doc, into) == nil
}
