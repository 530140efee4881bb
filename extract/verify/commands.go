package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
)

// builtins are words with which a shell's text may begin that name no file
// ("Special Built-In Utilities" and "Reserved Words" in POSIX, and what dash
// and bash have besides).
var builtins = strings.Fields(`
	. : [ alias bg break case cd command continue echo eval exec exit export false fg for getopts hash if jobs kill local printf
	pwd read readonly return set shift source test time times trap true type ulimit umask unalias unset until wait while !`)

// checkCommands looks for the programs that ENTRYPOINT, CMD and HEALTHCHECK
// start. Without them no container starts, or none is healthy.
func checkCommands(ctx context.Context, s *scene, report func(candidate)) (looked int, err error) {
	for _, c := range extract.Commands(s.Config) {
		if len(c.Argv) == 0 || !c.Sure {
			continue
		}
		looked++
		programs := []string{c.Shell()}
		if name, ok := c.Program(); ok && (c.Shell() == "" || !slices.Contains(builtins, name)) {
			programs = append(programs, name)
		}
		for _, program := range programs {
			if program == "" {
				continue
			}
			if found, err := s.image.starts(ctx, s.Config, program); err != nil {
				return looked, err
			} else if found {
				continue
			}
			report(candidate{
				message: fmt.Sprintf("%s starts %q, %s", c.Instruction, program, s.whyNot(program)), certain: true,
				holds: func(ctx context.Context, other *Image) (bool, error) {
					// The subject's own PATH: its command is what must start.
					found, err := other.starts(ctx, s.Config, program)
					return !found, err
				},
			})
		}
	}
	return looked, nil
}

// starts reports whether a program is there as the configuration names it.
func (img *Image) starts(ctx context.Context, config *v1.Config, program string) (bool, error) {
	return img.hasProgram(ctx, extract.ProgramPaths(config, program))
}

// whyNot tells why a program does not start.
func (s *scene) whyNot(program string) string {
	for _, name := range extract.ProgramPaths(s.Config, program) {
		n, err := s.Tree.Resolve(name)
		switch {
		case err == nil && !executable(n):
			return fmt.Sprintf("and /%s is no executable file", n.Path())
		case err == nil:
			continue
		}
		if link, err := s.Tree.Lookup(name); err == nil {
			return fmt.Sprintf("and /%s links to %s, which is not there", link.Path(), link.Link)
		}
	}
	if strings.Contains(program, "/") {
		return "which is not there"
	}
	return "which is in no directory of PATH"
}
