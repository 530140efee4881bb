package verify

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/internal/imageconfig"
)

// builtins are words that may begin a shell's text and name no file ("Special Built-In
// Utilities" and "Reserved Words" in POSIX, and further ones of dash and bash).
var builtins = strings.Fields(`
	. : [ alias bg break case cd command continue echo eval exec exit export false fg for getopts hash if jobs kill local printf
	pwd read readonly return set shift source test time times trap true type ulimit umask unalias unset until wait while !`)

// commandCheck looks for the programs that ENTRYPOINT, CMD and HEALTHCHECK start, and
// for the files that they give to an interpreter. Without them no container starts, or
// none is healthy.
type commandCheck struct{ ecosystems []*ecosystem.Ecosystem }

func (c commandCheck) run(ctx context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	for _, command := range imageconfig.FullCommands(in.Config) {
		c.checkScript(in, command, report)
		if !command.Sure {
			continue
		}
		items++
		for _, program := range programs(command) {
			if found, err := starts(ctx, in.Image, in.Config, program); err != nil {
				return items, err
			} else if found {
				continue
			}
			report(check.Problem{
				Message: fmt.Sprintf("%s starts %q, %s", command.Instruction, program, whyNot(in, program)), Fatal: true,
				In: func(ctx context.Context, other *check.Image) (bool, error) {
					// With the subject's own PATH: that is what will start it.
					found, err := starts(ctx, other, in.Config, program)
					return !found, err
				},
			})
		}
	}
	return items, nil
}

// programs lists the programs that a command starts: a shell, and the first one that
// its text starts.
func programs(c imageconfig.Command) []string {
	var out []string
	if shell := c.Shell(); shell != "" {
		out = append(out, shell)
	}
	if name, ok := c.Program(); ok && name != "" && (c.Shell() == "" || !slices.Contains(builtins, name)) {
		out = append(out, name)
	}
	return out
}

// checkScript looks for the file that a command gives to an interpreter: "sh run.sh".
func (c commandCheck) checkScript(in *check.Input, command imageconfig.Command, report func(check.Problem)) {
	script := c.script(command)
	if script == "" {
		return
	}
	script = imageconfig.InWorkdir(in.Config, script)
	if _, err := in.Tree().Resolve(script); err == nil || mounted(in.Config, script) {
		return
	}
	report(check.Problem{
		Message: fmt.Sprintf("%s runs %s, which does not exist", command.Instruction, script), Fatal: command.Sure,
		In: func(_ context.Context, other *check.Image) (bool, error) {
			// It is the user's: the original base does not have it.
			return other.FindMerged([]string{script}, check.Any) == nil, nil
		},
	})
}

// script returns the file that a command gives to a shell or to the interpreter of an
// ecosystem; "" if there is none.
func (c commandCheck) script(command imageconfig.Command) string {
	if _, ok := command.Program(); !ok {
		return ""
	}
	words := command.Words()
	if len(words) < 2 {
		return ""
	}
	for _, e := range c.ecosystems {
		if script := e.Verify.Script(words); script != "" {
			return script
		}
	}
	return shellScript(words)
}

// shellScript returns the file that a command gives to a shell; "" if it starts another
// program or runs no file.
func shellScript(words []string) string {
	if !slices.Contains([]string{"sh", "bash", "dash"}, path.Base(words[0])) {
		return ""
	}
	for rest := words[1:]; len(rest) > 0; rest = rest[1:] {
		w := rest[0]
		if !strings.HasPrefix(w, "-") {
			return w
		}
		switch last := w[len(w)-1]; { // options of one letter may stand together
		case strings.HasPrefix(w, "--"), last == 'c', last == '-':
			return ""
		case last == 'o' && len(rest) > 1:
			rest = rest[1:] // its value
		}
	}
	return ""
}

// starts reports whether an image has a program as a configuration names it.
func starts(ctx context.Context, img *check.Image, config *v1.Config, program string) (bool, error) {
	return img.HasProgram(ctx, imageconfig.ProgramPaths(config, program))
}

// whyNot is why a program does not start.
func whyNot(in *check.Input, program string) string {
	for _, name := range imageconfig.ProgramPaths(in.Config, program) {
		n, err := in.Tree().Resolve(name)
		switch {
		case err == nil && !check.Executable(n):
			return fmt.Sprintf("but /%s is not an executable file", n.Path())
		case err == nil:
			continue
		}
		if link, err := in.Tree().Lookup(name); err == nil {
			return fmt.Sprintf("but /%s links to %s, which does not exist", link.Path(), link.Link)
		}
	}
	if strings.Contains(program, "/") {
		return "which does not exist"
	}
	return "which is not on PATH"
}
