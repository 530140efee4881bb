package pysource

import (
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/source"
)

// bind makes a name stand for a module or function of the table, or forgets it.
func (s *scanner) bind(as, full string) {
	if modules[full] || functions[full] != 0 {
		s.names[as] = full
	} else {
		delete(s.names, as)
	}
}

// star reads "from module import *".
func (s *scanner) star(module string) {
	if !modules[module] {
		return
	}
	for f := range functions {
		if rest, ok := strings.CutPrefix(f, module+"."); ok && !strings.Contains(rest, ".") {
			s.names[rest] = f
		}
	}
}

// importedCommand reads "from sh import git".
func (s *scanner) importedCommand(module, item string, at int) {
	if commandModules[module] && item == strings.ToLower(item) {
		s.call(module, strings.ReplaceAll(item, "_", "-"), false, at)
	}
}

// expressions reads the calls anywhere in a line.
func (s *scanner) expressions(line []token) {
	for i, t := range line {
		switch t.kind {
		case text:
			if s.opens {
				s.libraryLiteral(t)
			}
		case name:
			if i == 0 || line[i-1].kind != '.' {
				s.callAt(line, i)
			} else if s.opens && i > 1 && i+1 < len(line) && line[i+1].kind == '(' {
				s.method(line, i)
			}
		}
	}
}

// method reads a method call on a cffi object, which may have any name.
func (s *scanner) method(line []token, i int) {
	switch {
	case s.is(line[i], "dlopen"):
		s.use("ffi.dlopen", library, line[i+1:], line[i].start)
	case s.is(line[i], "verify") && strings.Contains(strings.ToLower(string(s.str(line[i-2]))), "ffi"):
		s.compiles("ffi.verify", line[i].start)
	}
}

// compiles records a function that needs a compiler at run time: most call "cc"
// or "gcc", which are installed together.
func (s *scanner) compiles(full string, at int) {
	if len(s.out.Calls) >= maxFound {
		return
	}
	s.out.Calls = append(s.out.Calls, source.Call{Func: full, Arg: "gcc", Implied: true, Line: s.lineOf(at)})
}

// callAt reads a call whose function's name begins at a token.
func (s *scanner) callAt(line []token, i int) {
	head, ok := s.names[string(s.str(line[i]))]
	if !ok {
		return
	}
	path, n := s.dotted(line[i:])
	_, rest, dotted := strings.Cut(path, ".")
	if dotted {
		head += "." + rest
	}
	after := line[i+n:]
	if functions[head] == compile { // a decorator has no brackets
		s.compiles(head, line[i].start)
		return
	}
	if len(after) == 0 || after[0].kind != '(' && after[0].kind != '[' {
		return
	}
	if f := functions[head]; f != 0 {
		s.use(head, f, after, line[i].start)
	} else if module, item, ok := strings.Cut(head, "."); ok && commandModules[module] && after[0].kind == '(' {
		s.importedCommand(module, item, line[i].start)
	}
}

// use reads the arguments of a function of the table.
func (s *scanner) use(full string, f role, line []token, at int) {
	args := s.arguments(line)
	which := 0
	if f == second {
		which = 1
	}
	if which >= len(args) {
		return
	}
	arg := args[which]
	if len(arg) > 2 && arg[0].kind == name && arg[1].kind == '=' && arg[2].kind != '=' {
		arg = arg[2:] // a keyword argument, in the usual order
	}
	byShell := f == shell || slices.ContainsFunc(args, func(a []token) bool {
		return len(a) == 3 && s.is(a[0], "shell") && a[1].kind == '=' && !s.is(a[2], "False")
	})
	for _, v := range s.literal(arg, 0) {
		switch f {
		case library, findLibrary:
			if v.text {
				s.openLibrary(full, v.words[0], f, at)
			}
		case program, shell, second:
			s.start(full, v, byShell, at)
		}
	}
}

// wrappers are programs that start another one, named in their arguments.
var wrappers = map[string]bool{
	"sudo": true, "env": true, "nice": true, "ionice": true, "nohup": true, "timeout": true, "setsid": true, "stdbuf": true,
	"xvfb-run": true, "exec": true, "time": true, "gosu": true, "su-exec": true, "tini": true, "dumb-init": true,
}

// start records a program with its arguments, or a text for the shell.
func (s *scanner) start(full string, v value, byShell bool, at int) {
	first := strings.TrimSpace(v.words[0])
	base := first[strings.LastIndexByte(first, '/')+1:]
	switch {
	case first == "":
	case v.text:
		s.call(full, first, byShell || strings.ContainsAny(first, " \t\n"), at)
	case len(v.words) > 2 && (base == "sh" || base == "bash" || base == "dash") && strings.HasPrefix(v.words[1], "-") && strings.HasSuffix(v.words[1], "c"):
		s.call(full, first, false, at)
		s.call(full, v.words[2], true, at)
	case byShell:
		s.call(full, first, true, at) // the first one is the shell's text, the others its arguments
	case wrappers[base]:
		quoted := make([]string, len(v.words))
		for i, w := range v.words {
			quoted[i] = quoteWord(w)
		}
		s.call(full, strings.Join(quoted, " "), true, at)
	default:
		s.call(full, first, false, at)
	}
}

// quoteWord quotes a text as one word for the shell, which may contain "$_".
func quoteWord(w string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(w) + `"`
}

// maxArg bounds a recorded text.
const maxArg = 4096

func (s *scanner) call(full, arg string, byShell bool, at int) {
	if len(s.out.Calls) >= maxFound || len(arg) > maxArg || strings.ContainsRune(arg, 0) {
		return
	}
	s.out.Calls = append(s.out.Calls, source.Call{Func: full, Arg: arg, Shell: byShell, Line: s.lineOf(at)})
}

// openLibrary records a library that a function opens.
func (s *scanner) openLibrary(full, arg string, f role, at int) {
	short := full[strings.LastIndexByte(full, '.')+1:]
	how := short + `("` + arg + `")`
	switch {
	case f == library && isLibraryName(arg):
		s.library(arg, how, at)
	case !plainName(arg) || strings.ContainsAny(arg, "/") || strings.HasSuffix(arg, ".dll") || strings.HasSuffix(arg, ".dylib"):
	case f == findLibrary || short == "dlopen":
		// cffi asks find_library for a name that the loader does not know.
		s.library("lib"+arg+".so*", how, at)
	}
}

// libraryLiteral records a string that is exactly a library's name.
func (s *scanner) libraryLiteral(t token) {
	if t.end-t.start < len(`"liba.so"`) || t.end-t.start > 256 {
		return
	}
	if v := s.decode(t); isLibraryName(v) {
		s.library(v, `"`+v+`"`, t.start)
	}
}

// library records a name once.
func (s *scanner) library(name, how string, at int) {
	if len(s.out.Libraries) >= maxFound || slices.ContainsFunc(s.out.Libraries, func(l source.Library) bool { return l.Name == name }) {
		return
	}
	s.out.Libraries = append(s.out.Libraries, source.Library{Name: name, Text: how, Line: s.lineOf(at)})
}

// isLibraryName reports whether a text is lib….so, lib….so.1 and so on, or the
// absolute path of such a file.
func isLibraryName(v string) bool {
	if i := strings.LastIndexByte(v, '/'); i >= 0 {
		if v[0] != '/' {
			return false
		}
		v = v[i+1:]
	}
	if !strings.HasPrefix(v, "lib") || !plainName(v) {
		return false
	}
	i := strings.Index(v, ".so")
	return i > len("lib") && strings.Trim(v[i+len(".so"):], ".0123456789") == "" && !strings.HasSuffix(v, ".")
}

// plainName reports whether a text has only what names of libraries have.
func plainName(v string) bool {
	for i := range len(v) {
		switch c := v[i]; {
		case c < 0x80 && classes[c]&isName != 0, c == '.', c == '-', c == '+', c == '/':
		default:
			return false
		}
	}
	return v != ""
}
