package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// Gremlins mutates what a coverage profile says was run, and Go's profiles leave out
// the conditions of cases and the variables and constants of packages. For those,
// gremlins finds this program as "go": it runs the real one and completes the profiles
// that come out.

// realGo is the environment variable with the path of the real go command.
const realGo = "MUTATION_GO"

// wrapGo makes this program the go command of an environment. It puts a link into dir.
func wrapGo(env []string, dir string) ([]string, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.Symlink(self, filepath.Join(dir, "go")); err != nil {
		return nil, err
	}
	return append(env, realGo+"="+command, "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH")), nil
}

// asGo runs the real go command.
func asGo(args []string) error {
	cmd := exec.Command(os.Getenv(realGo), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	if i := slices.Index(args, "-coverprofile"); i >= 0 {
		return complete(args[i+1])
	}
	return nil
}

// exitCode is the status of the real go command.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	fmt.Fprintf(os.Stderr, "mutation: %v\n", err)
	return 1
}

// complete adds to a coverage profile of the module in the current directory what Go
// leaves out.
func complete(profile string) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("built without the module's name")
	}
	data, err := os.ReadFile(profile)
	if err != nil {
		return err
	}
	files, err := parseProfile(string(data))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		src, err := os.ReadFile(filepath.FromSlash(strings.TrimPrefix(name, info.Main.Path+"/")))
		if err != nil {
			return err
		}
		lines, err := omitted(name, src, files[name])
		if err != nil {
			return err
		}
		data = append(data, lines...)
	}
	return os.WriteFile(profile, data, 0o644)
}

// block is code that was run.
type block struct {
	from, to place
}

type place struct{ line, column int }

func (p place) before(o place) bool {
	return p.line < o.line || p.line == o.line && p.column < o.column
}

// parseProfile returns for each file the blocks that were run. A line of a profile is
// FILE:LINE.COLUMN,LINE.COLUMN STATEMENTS COUNT.
func parseProfile(text string) (map[string][]block, error) {
	out := make(map[string][]block)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "mode:") {
			continue
		}
		name, rest, _ := strings.Cut(line, ":")
		var b block
		var statements, count int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.from.line, &b.from.column, &b.to.line, &b.to.column, &statements, &count); err != nil {
			return nil, fmt.Errorf("coverage profile: %q: %w", line, err)
		}
		run := out[name]
		if count > 0 {
			run = append(run, b)
		}
		out[name] = run
	}
	return out, nil
}

// omitted returns the lines that a profile lacks for a file. The conditions of cases were
// run if their switch was, the variables and constants of a package always.
func omitted(name string, src []byte, run []block) (string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	at := func(pos token.Pos) place {
		p := files.Position(pos)
		return place{p.Line, p.Column}
	}
	var out strings.Builder
	add := func(list []ast.Expr) {
		if len(list) > 0 {
			from, to := at(list[0].Pos()), at(list[len(list)-1].End())
			fmt.Fprintf(&out, "%s:%d.%d,%d.%d 1 1\n", name, from.line, from.column, to.line, to.column)
		}
	}
	for _, d := range file.Decls {
		if d, ok := d.(*ast.GenDecl); ok && (d.Tok == token.VAR || d.Tok == token.CONST) {
			for _, s := range d.Specs {
				add(s.(*ast.ValueSpec).Values)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SwitchStmt)
		if !ok {
			return true
		}
		start := at(s.Switch)
		if slices.ContainsFunc(run, func(b block) bool { return !start.before(b.from) && start.before(b.to) }) {
			for _, c := range s.Body.List {
				add(c.(*ast.CaseClause).List)
			}
		}
		return true
	})
	return out.String(), nil
}
