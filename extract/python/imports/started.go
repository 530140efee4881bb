package imports

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// Script returns the file that a command gives to Python to run; "" if it starts
// another program or runs no file.
func Script(words []string) string {
	script, _ := program(words)
	return script
}

// program returns the file or the module (-m) that a command gives to Python to run;
// both are "" if it starts another program, or a program's text (-c).
func program(words []string) (script, module string) {
	if len(words) == 0 || !strings.HasPrefix(path.Base(words[0]), "python") {
		return "", ""
	}
	for rest := words[1:]; len(rest) > 0; rest = rest[1:] {
		w := rest[0]
		if !strings.HasPrefix(w, "-") {
			return w, ""
		}
		switch last := w[len(w)-1]; { // options of one letter may stand together
		case strings.HasPrefix(w, "--"), last == 'c', last == '-':
			return "", ""
		case last == 'm' && len(rest) > 1:
			return "", rest[1]
		case (w == "-W" || w == "-X") && len(rest) > 1:
			rest = rest[1:] // its value
		}
	}
	return "", ""
}

// runAtStart finds the sources that run when the container starts: the scripts that a
// command starts or gives to Python, and what those import at once.
func (c *checker) runAtStart(sources map[*layers.Node]*source.Source) map[*layers.Node]bool {
	var queue []*layers.Node
	for n := range c.Started() {
		queue = append(queue, n)
	}
	for _, command := range imageconfig.FullCommands(c.Config) {
		if _, ok := command.Program(); !ok || !command.Sure {
			continue
		}
		script, module := program(command.Words())
		if n, err := c.Tree().Resolve(imageconfig.InWorkdir(c.Config, script)); err == nil && script != "" {
			queue = append(queue, n)
		}
		if module != "" {
			queue = append(queue, c.mainModule(command.Instruction, module)...)
		}
	}
	seen := make(map[*layers.Node]bool)
	for ; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if seen[n] || sources[n] == nil {
			continue
		}
		seen[n] = true
		for i := range sources[n].Imports {
			s := statement{Import: &sources[n].Imports[i], file: n}
			if !s.empty() && s.atOnce() {
				queue = append(queue, findModule(c.Image, c.Tree(), s.dirs(c.path), s.Module)...)
			}
		}
	}
	return seen
}

// mainModule finds what "python -m" runs: a module, or the __main__ of a package. It
// reports a module that is missing.
func (c *checker) mainModule(instruction, module string) []*layers.Node {
	found := findModule(c.Image, c.Tree(), c.path, module)
	if found == nil {
		c.report(check.Problem{
			Message: fmt.Sprintf("%s runs module %s, which does not exist", instruction, module), Fatal: true, NewOnly: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				has, err := hasModule(ctx, other, c.pathOf(other), module)
				return !has, err
			},
		})
		return nil
	}
	if dir := packageDir(found[len(found)-1]); dir != "" {
		if n := findIn(c.Image, c.Tree(), dir, "__main__"); n != nil {
			found = append(found, n)
		}
	}
	return found
}
