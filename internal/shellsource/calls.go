package shellsource

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/slimify/slimify/extract/source"
)

// builtins are the builtin commands of shells, including Bash.
var builtins = func() map[string]bool {
	out := make(map[string]bool)
	for name := range strings.FieldsSeq(`
		. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo enable
		eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd
		read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias
		unset wait [[ time function`) {
		out[name] = true
	}
	return out
}()

// wrapper is a command that runs the one after its options and operands.
type wrapper struct {
	operands int    // before the command
	values   string // letters of options that take a value
}

var wrappers = map[string]wrapper{
	"exec": {values: "a"}, "command": {}, "builtin": {}, "nohup": {}, "setsid": {}, "time": {values: "fo"},
	"env": {values: "uCS"}, "nice": {values: "n"}, "ionice": {values: "cn"}, "chrt": {operands: 1}, "stdbuf": {values: "ioe"},
	"sudo": {values: "ugpChrtTD"}, "doas": {values: "uC"}, "gosu": {operands: 1}, "su-exec": {operands: 1},
	"setpriv": {}, "chroot": {operands: 1}, "timeout": {operands: 1, values: "ks"}, "flock": {operands: 1, values: "wE"},
	"xargs": {values: "nILPsadE"}, "tini": {values: "pe"}, "dumb-init": {values: "r"}, "catatonit": {}, "xvfb-run": {values: "nsewfp"},
	"wait-for-it": {}, "wait-for-it.sh": {}, "wait-for": {}, "dockerize": {}, "unshare": {}, "taskset": {operands: 1},
	"watch": {values: "n"}, "dbus-run-session": {}, "faketime": {operands: 1}, "strace": {values: "oepsu"}, "ltrace": {values: "oe"},
}

// shells run a script, or with -c a text.
var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "ksh": true, "zsh": true}

// call reads a command with its arguments. offset is added to lines.
func (s *scanner) call(args []*syntax.Word, offset, nesting int) {
	for steps := 0; len(args) > 0 && steps < 16; steps++ {
		name, ok := s.word(args[0])
		if !ok || name == "" {
			return
		}
		line := int(args[0].Pos().Line()) + offset
		base := name[strings.LastIndexByte(name, '/')+1:]
		if s.builtin(name, args[1:], line, nesting) {
			return
		}
		if !builtins[name] {
			s.found(&s.out.Commands, source.Command{Name: name, Line: line})
		}
		switch {
		case shells[base]:
			s.shell(args[1:], line, nesting)
			return
		case base == "find":
			args = afterWord(args, "-exec", "-execdir", "-ok", "-okdir")
			continue
		case base == "su" || base == "runuser":
			s.switchUser(args[1:], line, nesting)
			return
		}
		w, ok := wrappers[base]
		if !ok {
			return
		}
		args = s.wrapped(args[1:], w, base)
	}
}

// builtin reads builtins whose arguments name commands. It reports whether the
// call is fully read.
func (s *scanner) builtin(name string, args []*syntax.Word, line, nesting int) bool {
	switch name {
	case ".", "source":
		if len(args) > 0 {
			if file, ok := s.word(args[0]); ok && file != "" {
				s.found(&s.out.Reads, source.Command{Name: file, Line: line})
			}
		}
	case "cd", "pushd":
		if len(args) > 0 {
			if dir, ok := s.word(args[len(args)-1]); ok && dir != "" && dir[0] != '-' && !slices.Contains(s.out.Dirs, dir) && len(s.out.Dirs) < maxFound {
				s.out.Dirs = append(s.out.Dirs, dir)
			}
		}
	case "command", "type", "hash", "which":
		if name == "command" && (len(args) == 0 || args[0].Lit() != "-v" && args[0].Lit() != "-V") {
			return false
		}
		if name == "which" {
			s.found(&s.out.Commands, source.Command{Name: name, Line: line})
		}
		for _, w := range args {
			if tool, ok := s.word(w); ok && tool != "" && tool[0] != '-' && !builtins[tool] {
				s.checked[tool] = true
				s.found(&s.out.Commands, source.Command{Name: tool, Line: line, Guarded: true})
			}
		}
	case "eval", "trap":
		if len(args) > 0 {
			if text, ok := s.word(args[0]); ok {
				s.parse([]byte(text), line, nesting+1)
			}
		}
	case "set":
		// set -- server "$@": a later exec "$@" starts it.
		if i := slices.IndexFunc(args, func(w *syntax.Word) bool { return w.Lit() == "--" }); i >= 0 {
			s.call(args[i+1:], line-int(firstLine(args)), nesting)
		}
	case "kill":
		// A builtin in all shells.
	default:
		return false
	}
	return true
}

func firstLine(args []*syntax.Word) uint {
	if len(args) == 0 {
		return 0
	}
	return args[0].Pos().Line()
}

// wrapped returns the command in a wrapper's arguments.
func (s *scanner) wrapped(args []*syntax.Word, w wrapper, base string) []*syntax.Word {
	if strings.HasPrefix(base, "wait-for") {
		return afterWord(args, "--")
	}
	operands := w.operands
	for i := 0; i < len(args); i++ {
		text, ok := s.word(args[i])
		switch {
		case text == "--":
		case strings.HasPrefix(text, "-") && len(text) > 1:
			if len(text) == 2 && strings.Contains(w.values, text[1:]) {
				i++
			}
		case (base == "env" || base == "sudo") && (isAssignment(text) || !ok && isAssignment(args[i].Lit())):
		case operands > 0:
			operands--
		default:
			return args[i:]
		}
	}
	return nil
}

func isAssignment(text string) bool {
	name, _, ok := strings.Cut(text, "=")
	return ok && name != "" && !strings.ContainsAny(name, "/ ")
}

// afterWord returns the arguments after the first of some words.
func afterWord(args []*syntax.Word, words ...string) []*syntax.Word {
	for i, w := range args {
		if slices.Contains(words, w.Lit()) {
			return args[i+1:]
		}
	}
	return nil
}

// shell reads the arguments of a shell.
func (s *scanner) shell(args []*syntax.Word, line, nesting int) {
	for i := 0; i < len(args); i++ {
		text, ok := s.word(args[i])
		switch {
		case !ok:
			return
		case !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "+"):
			s.found(&s.out.Reads, source.Command{Name: text, Line: line})
			return
		case !strings.HasPrefix(text, "--") && strings.Contains(text, "c"):
			if i+1 < len(args) {
				if text, ok := s.word(args[i+1]); ok {
					s.parse([]byte(text), line, nesting+1)
				}
			}
			return
		case !strings.HasPrefix(text, "--") && strings.HasSuffix(text, "o"):
			i++ // an option's name
		}
	}
}

// switchUser reads "su -c TEXT USER" and "runuser -u USER -- COMMAND".
func (s *scanner) switchUser(args []*syntax.Word, line, nesting int) {
	for i, w := range args {
		switch w.Lit() {
		case "-c", "--command":
			if i+1 < len(args) {
				if text, ok := s.word(args[i+1]); ok {
					s.parse([]byte(text), line, nesting+1)
				}
			}
			return
		case "--":
			s.call(args[i+1:], line-int(w.Pos().Line()), nesting)
			return
		}
	}
}
