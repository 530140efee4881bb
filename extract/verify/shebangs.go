package verify

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/internal/imageconfig"
)

// checkShebangs looks for the interpreters of executable scripts: those on PATH, and
// those of the application.
func checkShebangs(ctx context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	started := in.Started()
	for _, n := range in.Nodes {
		if !check.Executable(n) {
			continue
		}
		interpreter, arg := evidence.Shebang(n)
		name := n.Path()
		onPath := slices.Contains(imageconfig.ProgramPaths(in.Config, path.Base(name)), name)
		if !path.IsAbs(interpreter) || !onPath && !in.IsApplication(name) {
			continue
		}
		items++
		for _, program := range interpreters(interpreter, arg) {
			places := imageconfig.ProgramPaths(in.Config, program)
			found, err := in.HasProgram(ctx, places)
			if err != nil {
				return items, err
			}
			if found {
				continue
			}
			report(check.Problem{
				Path: name, Message: fmt.Sprintf("interpreter %s not found", program),
				Fatal: started[n], FromBase: in.FromBase(n),
				In: func(ctx context.Context, other *check.Image) (bool, error) {
					if !started[n] && !onPath {
						// It may never be started: the layers of the original
						// base are not read for it.
						return other.FindMerged(places, check.Executable) == nil, nil
					}
					found, err := other.HasProgram(ctx, places)
					return !found, err
				},
			})
		}
	}
	return items, nil
}

// interpreters lists the programs that a script needs to start: its interpreter, and
// the program that env(1) starts.
func interpreters(interpreter, arg string) []string {
	out := []string{interpreter}
	if path.Base(interpreter) != "env" {
		return out
	}
	if program := evidence.EnvProgram(arg); program != "" {
		out = append(out, program)
	}
	return out
}
