package command

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/internal/shellsource"
	"github.com/slimify/slimify/layers"
)

// ProgramFinder finds the programs that the image starts, and those that their
// scripts call.
type ProgramFinder struct {
	*selection.State
	Official *official.FatImage
	// started are the files that the container's own instructions start, and what
	// their scripts call.
	Started map[*layers.Node]bool
	Claim   selection.ClaimFunc
}

// place is where a program is named.
type place struct {
	script source.Script
	text   string // the reason: "ENTRYPOINT starts it"; "" for scripts, which tell the line
	file   *layers.Node
	sure   bool // it is a program, and not an argument that may look like one
}

// ClaimCommands claims what ENTRYPOINT, CMD and HEALTHCHECK start, and what the
// shell scripts among that call or read.
func (st *ProgramFinder) ClaimCommands(ctx context.Context) error {
	config := &st.Config.Config
	commands := append(imageconfig.Commands(config), imageconfig.Command{
		// tini and its kin start what CMD gives them.
		Instruction: "CMD", Argv: slices.Concat(config.Entrypoint, config.Cmd), Sure: true,
	})
	for _, c := range commands {
		if err := st.follow(ctx, place{script: shellsource.ScanArgs(c.Argv...), text: c.Instruction + " starts it", sure: c.Sure}); err != nil {
			return err
		}
	}
	return nil
}

// follow claims what a script calls, and what those call that are scripts too.
func (st *ProgramFinder) follow(ctx context.Context, from place) error {
	queue := []place{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, list := range []struct {
			commands []source.Command
			names    func(string, place) []string
		}{{at.script.Commands, st.programs}, {at.script.Reads, st.files}} {
			for _, c := range list.commands {
				name, ok := expand(st.Config.Config.Env, c.Name, at.file)
				if !ok {
					continue
				}
				n, err := st.find(ctx, list.names(name, at), at.reason(c.Line), at.from(), at.sure)
				if err != nil {
					return err
				}
				if next, ok := st.script(n); ok {
					queue = append(queue, next)
				}
			}
		}
	}
	return nil
}

func (at place) reason(line int) string {
	if at.file == nil {
		return at.text
	}
	return fmt.Sprintf("called in /%s:%d", at.file.Path(), line)
}

func (at place) from() string {
	if at.file == nil {
		return ""
	}
	return at.file.Path()
}

// script returns the shell script that a node of FAT is, once.
func (st *ProgramFinder) script(n *layers.Node) (place, bool) {
	if n == nil || st.Started[n] {
		return place{}, false
	}
	st.Started[n] = true
	script := evidence.Shell(n)
	if script == nil {
		return place{}, false
	}
	return place{script: *script, file: n}, true
}

// expand replaces the variables in a command's name by those of the image's
// environment.
func expand(env []string, name string, script *layers.Node) (string, bool) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(name, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), b.Len() > 0
		}
		variable, after, ok := strings.Cut(rest, "}")
		value := imageconfig.Getenv(env, variable)
		if variable == "." && script != nil {
			value = "/" + path.Dir(script.Path())
		}
		if !ok || value == "" {
			return "", false
		}
		b.WriteString(value)
		name = after
	}
}

// programs lists where a program may lie: its own path, or the directories of
// PATH and those that the script adds to it.
func (st *ProgramFinder) programs(name string, at place) []string {
	if strings.Contains(name, "/") {
		return st.files(name, at)
	}
	var out []string
	dirs := append(append([]string(nil), at.script.Path...), strings.Split(imageconfig.Path(&st.Config.Config), ":")...)
	for _, dir := range dirs {
		if dir, ok := expand(st.Config.Config.Env, dir, at.file); ok && path.IsAbs(dir) {
			if name, ok := paths.Join(strings.TrimPrefix(dir, "/"), name); ok {
				out = append(out, name)
			}
		}
	}
	return out
}

// files lists where a file may lie that a script names: in WORKDIR, in the
// directories that the script changes to, and beside the script.
func (st *ProgramFinder) files(name string, at place) []string {
	if path.IsAbs(name) {
		name, ok := paths.Join("", name)
		if !ok {
			return nil
		}
		return []string{name}
	}
	dirs := []string{st.Config.Config.WorkingDir}
	for _, dir := range at.script.Dirs {
		if dir, ok := expand(st.Config.Config.Env, dir, at.file); ok && path.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	if at.file != nil {
		dirs = append(dirs, path.Dir(at.file.Path()))
	}
	var out []string
	for _, dir := range dirs {
		if name, ok := paths.Join(strings.TrimPrefix(dir, "/"), name); ok {
			out = append(out, name)
		}
	}
	return out
}

// find claims the first of some paths that is a file. It returns the file if
// it is FAT's, and nil if the base's serves or there is none. Cold layers are
// asked for what surely starts, and for what the official images are known to
// have.
func (st *ProgramFinder) find(ctx context.Context, names []string, text, from string, sure bool) (*layers.Node, error) {
	isFile := func(n *layers.Node) bool { return n.Kind == layers.File }
	var cold []string
	for _, name := range names {
		if n, err := st.Upper().Resolve(name); err == nil && isFile(n) {
			return n, st.claimChain(ctx, name, text, from)
		}
		if n, err := st.Base.Tree.Resolve(name); err == nil && isFile(n) && !st.Upper().Hides(name) {
			return nil, nil
		}
		if _, ok := st.Official.Tool(path.Base(name)); ok || sure {
			cold = append(cold, name)
		}
	}
	if len(cold) == 0 {
		return nil, nil
	}
	name, err := st.Stack.Find(ctx, cold, isFile)
	if layers.NotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := st.claimChain(ctx, name, text, from); err != nil {
		return nil, err
	}
	return st.Stack.Resolve(ctx, name)
}

// ClaimTools claims the programs that installed packages cannot do without.
func (st *ProgramFinder) ClaimTools(ctx context.Context, tools []ecosystem.Tool) error {
	for _, t := range tools {
		if _, err := st.find(ctx, st.programs(t.Name, place{}), t.Text, t.From, false); err != nil {
			return err
		}
	}
	return nil
}

// claimChain claims a path with all links that it leads through.
func (st *ProgramFinder) claimChain(ctx context.Context, name, text, from string) error {
	nodes, err := view.Route(ctx, st.State, name)
	for _, n := range nodes {
		st.Claim(n, text, from)
	}
	return err
}
