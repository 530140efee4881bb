package imageconfig

import (
	"cmp"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/paths"
)

// Command is what an instruction of an image's configuration starts.
type Command struct {
	Instruction string // "ENTRYPOINT", "CMD", "HEALTHCHECK"
	Argv        []string
	// Sure is false for arguments that may look like a program: CMD where there
	// is an ENTRYPOINT.
	Sure bool
}

// Commands lists what an image starts.
func Commands(c *v1.Config) []Command {
	return []Command{
		{"ENTRYPOINT", c.Entrypoint, true},
		{"CMD", c.Cmd, len(c.Entrypoint) == 0},
		{"HEALTHCHECK", healthCommand(c.Healthcheck), true},
	}
}

// healthCommand is a health check's argument list: Test is NONE, CMD with
// arguments, or CMD-SHELL with a text for the shell.
func healthCommand(h *v1.HealthConfig) []string {
	switch {
	case h == nil || len(h.Test) < 2:
		return nil
	case h.Test[0] == "CMD-SHELL":
		return []string{"/bin/sh", "-c", h.Test[1]}
	case h.Test[0] == "CMD":
		return h.Test[1:]
	}
	return nil
}

// Program is the program that the command starts, looking through the shell of
// a shell-form instruction; ok is false if it is unknown.
func (c Command) Program() (name string, ok bool) { return program(c.Argv) }

// Words are the words of the command, looking through the shell of a shell-form
// instruction up to what the shell would make something of.
func (c Command) Words() []string {
	if c.Shell() == "" {
		return c.Argv
	}
	var out []string
	for _, word := range strings.Fields(c.Argv[2]) {
		if len(out) == 0 && (word == "exec" || strings.Contains(word, "=")) {
			continue
		}
		if strings.ContainsAny(word, shellMarks) {
			break
		}
		out = append(out, word)
	}
	return out
}

// Shell is the shell of a shell-form instruction, or "".
func (c Command) Shell() string {
	if len(c.Argv) > 2 && c.Argv[1] == "-c" && isShell(c.Argv[0]) {
		return c.Argv[0]
	}
	return ""
}

func isShell(program string) bool {
	name := path.Base(program)
	return name == "sh" || name == "bash"
}

// shellMarks are what makes a word more to a shell than itself.
const shellMarks = "$;&|<>(){}\"'`"

func program(argv []string) (string, bool) {
	if len(argv) == 0 {
		return "", false
	}
	if len(argv) > 2 && argv[1] == "-c" && isShell(argv[0]) {
		for _, word := range strings.Fields(argv[2]) {
			if word != "exec" && !strings.Contains(word, "=") {
				return word, !strings.ContainsAny(word, shellMarks)
			}
		}
		return "", false
	}
	return argv[0], argv[0] != ""
}

// RuntimePath is what container runtimes set where an image sets no PATH.
const RuntimePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// ProgramPaths lists where a program may lie: its own path, or the directories
// of PATH.
func ProgramPaths(c *v1.Config, program string) []string {
	if strings.Contains(program, "/") {
		if name, ok := paths.Join(strings.TrimPrefix(c.WorkingDir, "/"), program); ok {
			return []string{name}
		}
		return nil
	}
	var out []string
	for dir := range strings.SplitSeq(Path(c), ":") {
		if name, ok := paths.Join(strings.TrimPrefix(dir, "/"), program); ok && dir != "" {
			out = append(out, name)
		}
	}
	return out
}

// OnPath reports whether a file lies in a directory of PATH.
func OnPath(c *v1.Config, name string) bool {
	for dir := range strings.SplitSeq(Path(c), ":") {
		if strings.Trim(dir, "/") == path.Dir(name) {
			return true
		}
	}
	return false
}

// Path is the container's PATH.
func Path(c *v1.Config) string { return cmp.Or(Getenv(c.Env, "PATH"), RuntimePath) }

// FullCommands lists what an image starts, each with all of its arguments: those of
// ENTRYPOINT are followed by those of CMD.
func FullCommands(c *v1.Config) []Command {
	list := Commands(c)
	if len(c.Entrypoint) > 0 {
		list[0].Argv = slices.Concat(c.Entrypoint, c.Cmd)
	}
	return slices.DeleteFunc(list, func(c Command) bool { return len(c.Argv) == 0 })
}

// InWorkdir is the absolute path of a file that a command names.
func InWorkdir(c *v1.Config, name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join("/", c.WorkingDir, name)
}
