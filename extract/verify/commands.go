package verify

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/imageconfig"
)

// builtins are words with which a shell's text may begin that name no file
// ("Special Built-In Utilities" and "Reserved Words" in POSIX, and what dash
// and bash have besides).
var builtins = strings.Fields(`
	. : [ alias bg break case cd command continue echo eval exec exit export false fg for getopts hash if jobs kill local printf
	pwd read readonly return set shift source test time times trap true type ulimit umask unalias unset until wait while !`)

// commands lists what the image starts. What CMD says is an argument of the
// ENTRYPOINT, where there is one.
func (s *scene) commands() []imageconfig.Command {
	list := imageconfig.Commands(s.Config)
	if len(s.Config.Entrypoint) > 0 {
		list[0].Argv = slices.Concat(s.Config.Entrypoint, s.Config.Cmd)
	}
	return slices.DeleteFunc(list, func(c imageconfig.Command) bool { return len(c.Argv) == 0 })
}

// checkCommands looks for the programs that ENTRYPOINT, CMD and HEALTHCHECK
// start, and for the files that they give to an interpreter. Without them no
// container starts, or none is healthy.
func checkCommands(ctx context.Context, s *scene, report func(candidate)) (looked int, err error) {
	for _, c := range s.commands() {
		s.checkScript(c, report)
		if !c.Sure {
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

// checkScript looks for the file that a command gives to an interpreter:
// `python app.py`.
func (s *scene) checkScript(c imageconfig.Command, report func(candidate)) {
	script, _ := given(c)
	if script == "" {
		return
	}
	script = s.fromWorkdir(script)
	if _, err := s.Tree.Resolve(script); err == nil || s.mounted(script) {
		return
	}
	report(candidate{
		message: fmt.Sprintf("%s runs %s, which is not there", c.Instruction, script), certain: c.Sure,
		holds: func(_ context.Context, other *Image) (bool, error) {
			// It is the user's: the image's own base has none of it.
			return other.findUpper([]string{script}, anything) == nil, nil
		},
	})
}

// fromWorkdir is the path that a command names.
func (s *scene) fromWorkdir(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join("/", s.Config.WorkingDir, name)
}

// given returns the file or the module that a command gives to an interpreter to
// run; both are "" where it gives none, or a program's text.
func given(c imageconfig.Command) (script, module string) {
	program, ok := c.Program()
	words := c.Words()
	if !ok || len(words) < 2 {
		return "", ""
	}
	base := path.Base(program)
	python := strings.HasPrefix(base, "python")
	if !python && base != "sh" && base != "bash" && base != "dash" {
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
		case python && last == 'm' && len(rest) > 1:
			return "", rest[1]
		case len(rest) > 1 && (python && (w == "-W" || w == "-X") || !python && last == 'o'):
			rest = rest[1:] // its value
		}
	}
	return "", ""
}

// starts reports whether a program is there as the configuration names it.
func (img *Image) starts(ctx context.Context, config *v1.Config, program string) (bool, error) {
	return img.hasProgram(ctx, imageconfig.ProgramPaths(config, program))
}

// whyNot tells why a program does not start.
func (s *scene) whyNot(program string) string {
	for _, name := range imageconfig.ProgramPaths(s.Config, program) {
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
