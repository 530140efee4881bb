package extract

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/slimify/slimify/internal/pysource"
	"github.com/slimify/slimify/layers"
)

// sourceMark stands in the evidence of a Python source before what the source
// tells, as JSON. A script's first line stands before the mark, as in evidence
// of scripts of other languages.
const sourceMark = "\n\x00python\n"

// maxSource bounds the sources that are read: people write shorter ones.
const maxSource = 2 << 20

// isSource reports whether a file is a Python source that may be the
// application's: those of Python itself and of distributions are as they were
// installed.
func isSource(e *layers.Entry) bool {
	return strings.HasSuffix(e.Name, ".py") && e.Size <= maxSource && IsApplication(e.Name)
}

// captureScript keeps an executable script's first line, and what it imports if
// that says Python: installers write console scripts so.
func captureScript(e *layers.Entry, content io.Reader) ([]byte, error) {
	head, err := io.ReadAll(io.LimitReader(content, maxShebang))
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if !bytes.Contains(line, []byte("python")) || e.Size > maxSource || !IsApplication(e.Name) {
		return bytes.Clone(line), nil
	}
	return captureSource(io.MultiReader(bytes.NewReader(head), content))
}

// captureSource keeps what a Python source tells, after its first line if that
// names an interpreter.
func captureSource(content io.Reader) ([]byte, error) {
	text, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	var line []byte
	if bytes.HasPrefix(text, []byte("#!")) {
		line, _, _ = bytes.Cut(text[:min(len(text), maxShebang)], []byte("\n"))
	}
	source := pysource.Scan(text)
	if source.Empty() && line == nil {
		return nil, nil
	}
	doc, err := json.Marshal(source)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{line, []byte(sourceMark), doc}, nil), nil
}

// PythonSource is what a Python source of the application tells; nil for other
// files.
func PythonSource(n *layers.Node) *pysource.Source {
	if n.Kind != layers.File {
		return nil
	}
	_, doc, ok := bytes.Cut(n.Evidence, []byte(sourceMark))
	if !ok {
		return nil
	}
	source := new(pysource.Source)
	if json.Unmarshal(doc, source) != nil {
		return nil
	}
	return source
}
