package command

import (
	"context"
	"path"
	"slices"

	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// temporary are the variables that name directories for temporary files.
var temporary = []string{"TMPDIR", "TMP", "TEMP"}

// ClaimVariables claims the files that the image's environment names: programs,
// preloaded libraries, data. A directory is claimed with its content if it lies among
// caches: ENV MODEL_CACHE=/tmp/models. caches are the variables with which installers
// name their caches.
func (f *ProgramFinder) ClaimVariables(ctx context.Context, isCache func(name string) bool, caches []string) error {
	for _, p := range imageconfig.NamedPaths(f.Config.Config.Env) {
		text := "named by ENV " + p.Variable
		n, err := f.Upper().Resolve(p.Path)
		switch {
		case err == nil && n.Kind == layers.Dir:
			if isCache(path.Dir(n.Path())) && !slices.Contains(temporary, p.Variable) && !slices.Contains(caches, p.Variable) {
				n.Walk(func(c *layers.Node) bool {
					f.Claim(c, text, "")
					return true
				})
			}
		case err == nil:
			err = f.claimChain(ctx, p.Path, text, "")
		case f.mayBeOfficial(p):
			err = f.claimFile(ctx, p.Path, text)
		default:
			err = nil // FAT does not have it
		}
		if err != nil && !layers.NotExist(err) {
			return err
		}
	}
	return nil
}

// claimFile claims a file of the original base image that the base lacks.
func (f *ProgramFinder) claimFile(ctx context.Context, name, text string) error {
	if n, err := f.Base.Tree.Resolve(name); err == nil && n.Kind != layers.Symlink && !f.Upper().Hides(name) {
		return nil
	}
	n, err := f.Stack.Resolve(ctx, name)
	if err != nil || n.Kind == layers.Dir {
		return err // a variable that names a directory of the system does not need all of it
	}
	return f.claimChain(ctx, name, text, "")
}

// binDirs are the directories of programs; of these the official image's list is
// complete.
var binDirs = []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}

// mayBeOfficial reports whether the original base image may have a file. It looks at no
// layer.
func (f *ProgramFinder) mayBeOfficial(p imageconfig.NamedPath) bool {
	if slices.Contains(binDirs, path.Dir(p.Path)) {
		_, ok := f.Official.Tool(path.Base(p.Path))
		return ok
	}
	return f.Official.Cold() && p.Packaged()
}
