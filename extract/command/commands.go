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

// ProgramFinder finds the programs that the image starts, and the programs that their
// scripts call.
type ProgramFinder struct {
	*selection.State
	Official *official.FatImage
	// Started are the files that the container starts, and what their scripts call.
	Started map[*layers.Node]bool
	Claim   selection.ClaimFunc
}

// place is where a program is named.
type place struct {
	script source.Script
	text   string       // the reason: "ENTRYPOINT starts it"; "" in a script, whose line is the reason
	file   *layers.Node // the script; nil for the config
	sure   bool         // certainly a program, not an argument that looks like one
}

// ClaimCommands claims what ENTRYPOINT, CMD and HEALTHCHECK start, and what the shell
// scripts among these call or read.
func (f *ProgramFinder) ClaimCommands(ctx context.Context) error {
	config := &f.Config.Config
	commands := append(imageconfig.Commands(config), imageconfig.Command{
		// tini and similar programs start what CMD gives them.
		Instruction: "CMD", Argv: slices.Concat(config.Entrypoint, config.Cmd), Sure: true,
	})
	for _, c := range commands {
		if err := f.follow(ctx, place{script: shellsource.ScanArgs(c.Argv...), text: c.Instruction + " starts it", sure: c.Sure}); err != nil {
			return err
		}
	}
	return nil
}

// follow claims what a script calls, and does the same for called scripts.
func (f *ProgramFinder) follow(ctx context.Context, from place) error {
	queue := []place{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, list := range []struct {
			commands []source.Command
			names    func(string, place) []string
		}{{at.script.Commands, f.programs}, {at.script.Reads, f.files}} {
			for _, c := range list.commands {
				name, ok := expand(f.Config.Config.Env, c.Name, at.file)
				if !ok {
					continue
				}
				n, err := f.find(ctx, list.names(name, at), at.reason(c.Line), at.from(), at.sure)
				if err != nil {
					return err
				}
				if next, ok := f.script(n); ok {
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

// script returns a node's shell script; ok is false for other files, and if the node was
// returned before.
func (f *ProgramFinder) script(n *layers.Node) (place, bool) {
	if n == nil || f.Started[n] {
		return place{}, false
	}
	f.Started[n] = true
	script := evidence.Shell(n)
	if script == nil {
		return place{}, false
	}
	return place{script: *script, file: n}, true
}

// expand replaces the variables in a command's name by their values in the image's
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

// programs lists the paths at which a program may lie: its own, or in the directories
// of PATH and those that the script adds to it.
func (f *ProgramFinder) programs(name string, at place) []string {
	if strings.Contains(name, "/") {
		return f.files(name, at)
	}
	var out []string
	dirs := append(append([]string(nil), at.script.Path...), strings.Split(imageconfig.Path(&f.Config.Config), ":")...)
	for _, dir := range dirs {
		if dir, ok := expand(f.Config.Config.Env, dir, at.file); ok && path.IsAbs(dir) {
			if name, ok := paths.Join(strings.TrimPrefix(dir, "/"), name); ok {
				out = append(out, name)
			}
		}
	}
	return out
}

// files lists the paths at which a file that a script names may lie: in WORKDIR, in the
// directories that the script changes to, and beside the script.
func (f *ProgramFinder) files(name string, at place) []string {
	if path.IsAbs(name) {
		name, ok := paths.Join("", name)
		if !ok {
			return nil
		}
		return []string{name}
	}
	dirs := []string{f.Config.Config.WorkingDir}
	for _, dir := range at.script.Dirs {
		if dir, ok := expand(f.Config.Config.Env, dir, at.file); ok && path.IsAbs(dir) {
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

// find claims the first of some paths that is a file, and returns that file of FAT; nil
// if the base has it or nothing has. It opens cold layers for what is certainly a
// program, and for tools that the official image is known to have.
func (f *ProgramFinder) find(ctx context.Context, names []string, text, from string, sure bool) (*layers.Node, error) {
	isFile := func(n *layers.Node) bool { return n.Kind == layers.File }
	var cold []string
	for _, name := range names {
		if n, err := f.Upper().Resolve(name); err == nil && isFile(n) {
			return n, f.claimChain(ctx, name, text, from)
		}
		if n, err := f.Base.Tree.Resolve(name); err == nil && isFile(n) && !f.Upper().Hides(name) {
			return nil, nil
		}
		if _, ok := f.Official.Tool(path.Base(name)); ok || sure {
			cold = append(cold, name)
		}
	}
	if len(cold) == 0 {
		return nil, nil
	}
	name, err := f.Stack.Find(ctx, cold, isFile)
	if layers.NotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := f.claimChain(ctx, name, text, from); err != nil {
		return nil, err
	}
	return f.Stack.Resolve(ctx, name)
}

// ClaimTools claims the programs that installed packages require.
func (f *ProgramFinder) ClaimTools(ctx context.Context, tools []ecosystem.Tool) error {
	for _, t := range tools {
		if _, err := f.find(ctx, f.programs(t.Name, place{}), t.Text, t.From, false); err != nil {
			return err
		}
	}
	return nil
}

// claimChain claims a path with all symlinks that it leads through.
func (f *ProgramFinder) claimChain(ctx context.Context, name, text, from string) error {
	nodes, err := view.Route(ctx, f.State, name)
	for _, n := range nodes {
		f.Claim(n, text, from)
	}
	return err
}
