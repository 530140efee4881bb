package verify

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// checkShebangs looks for the interpreters of executable scripts: those that
// people start by name, and those of the application.
func checkShebangs(ctx context.Context, s *scene, report func(candidate)) (looked int, err error) {
	started := s.started()
	for _, n := range s.nodes {
		if !executable(n) {
			continue
		}
		interpreter, arg := evidence.Shebang(n)
		name := n.Path()
		inPath := s.inPath(path.Dir(name))
		if !path.IsAbs(interpreter) || !inPath && !extract.IsApplication(name) {
			continue
		}
		looked++
		for _, program := range interpreters(interpreter, arg) {
			places := imageconfig.ProgramPaths(s.Config, program)
			found, err := s.image.hasProgram(ctx, places)
			if err != nil {
				return looked, err
			}
			if found {
				continue
			}
			report(candidate{
				path: name, message: fmt.Sprintf("is started by %s, which is not there", program),
				certain: started[n], inherited: s.inherited(n),
				holds: func(ctx context.Context, other *Image) (bool, error) {
					if !started[n] && !inPath {
						// Somebody may start it, or nobody: that is not worth
						// reading the image's own base.
						return other.findUpper(places, executable) == nil, nil
					}
					found, err := other.hasProgram(ctx, places)
					return !found, err
				},
			})
		}
	}
	return looked, nil
}

// interpreters lists what must be there for a script to start: its interpreter,
// and what that starts if it is env(1).
func interpreters(interpreter, arg string) []string {
	out := []string{interpreter}
	if path.Base(interpreter) != "env" {
		return out
	}
	for _, word := range strings.Fields(arg) {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			return append(out, word)
		}
	}
	return out
}

// started are the files that the image's configuration starts.
func (s *scene) started() map[*layers.Node]bool {
	out := make(map[*layers.Node]bool)
	for _, c := range imageconfig.Commands(s.Config) {
		program, ok := c.Program()
		if !ok || !c.Sure {
			continue
		}
		for _, place := range imageconfig.ProgramPaths(s.Config, program) {
			if n, err := s.Tree.Resolve(place); err == nil && executable(n) {
				out[n] = true
				break
			}
		}
	}
	return out
}

// inPath reports whether a directory is one of PATH.
func (s *scene) inPath(dir string) bool {
	for _, place := range imageconfig.ProgramPaths(s.Config, "x") {
		if path.Dir(place) == dir {
			return true
		}
	}
	return false
}
