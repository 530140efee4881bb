package command

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// temporary are the variables that name places for files that nobody misses.
var temporary = []string{"TMPDIR", "TMP", "TEMP"}

// ClaimVariables claims the files that the image's environment names: programs,
// preloaded libraries, data. A directory is claimed, with what it holds, if it would be
// taken for a cache by its place: ENV MODEL_CACHE=/tmp/models. caches are the variables of
// installers that name caches indeed.
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
		case f.mayBeOfficial(p.Path):
			err = f.claimFile(ctx, p.Path, text)
		default:
			err = nil // nothing of FAT
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
		return err // a directory of the system is no evidence for all that it holds
	}
	return f.claimChain(ctx, name, text, "")
}

// binDirs are the directories of programs; of these the official image's list is
// complete.
var binDirs = []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}

// readOnlyDirs are directories of the root that hold what packages bring. What variables
// name in /etc and /var is made or mounted when a container runs more often than it is a
// file of the original base image, and to find that out costs all of its layers.
var readOnlyDirs = []string{"bin", "lib", "lib64", "sbin", "usr"}

// mayBeOfficial reports whether the original base image may have a file. It looks at no
// layer.
func (f *ProgramFinder) mayBeOfficial(name string) bool {
	if slices.Contains(binDirs, path.Dir(name)) {
		_, ok := f.Official.Tool(path.Base(name))
		return ok
	}
	first, _, _ := strings.Cut(name[1:], "/")
	return f.Official.Cold() && slices.Contains(readOnlyDirs, first) && view.InOfficialArea(name[1:])
}
