package evidence

import (
	"bytes"
	"strings"

	"github.com/slimify/slimify/layers"
)

// maxShebang is how much of a script's first line Linux reads (BINPRM_BUF_SIZE
// of its binfmts.h).
const maxShebang = 256

// Shebang returns the interpreter that a script's first line names, and its
// argument (execve(2), "Interpreter scripts"). It is "" for other files.
func Shebang(n *layers.Node) (interpreter, arg string) {
	if n.Kind != layers.File {
		return "", ""
	}
	line, ok := bytes.CutPrefix(n.Evidence, []byte("#!"))
	if !ok {
		return "", ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	interpreter, arg, _ = strings.Cut(strings.TrimSpace(string(line)), " ")
	return strings.TrimSuffix(interpreter, "\r"), strings.TrimSpace(arg)
}

// EnvProgram returns the program that env(1) starts for a shebang's argument.
func EnvProgram(arg string) string {
	for _, word := range strings.Fields(arg) {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			return word
		}
	}
	return ""
}
