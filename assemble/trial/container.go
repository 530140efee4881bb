package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/slimify/slimify/assemble/image"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cleanup"
	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/internal/unpack"
	"github.com/slimify/slimify/layers"
)

// container is an image that was unpacked to run programs in it.
type container struct {
	img      *image.Image
	progress reference.Progress
	tree     *layers.Tree
	dir      string // holds the root and the runtime's files
	runtime  *sandbox.Runtime
	user     account
}

// newContainer finds a runtime and unpacks an image, whose layers were read. Close
// removes the files.
func (s *session) newContainer(ctx context.Context, img *unpackable) (c *container, err error) {
	r := s.reader
	c = &container{img: img.Image, progress: r.Progress, tree: img.tree}
	if c.user, err = accountOf(&img.Config.Config, img.tree); err != nil {
		return nil, err
	}
	// Root's programs run as another user, who must get to their files: that user may
	// pass through the run's directory, and sees nothing of it.
	if err := os.Chmod(r.Spool.Dir, 0o711); err != nil {
		return nil, &image.SpoolError{Dir: r.Spool.Dir, Err: err}
	}
	c.runtime, err = sandbox.Choose(ctx, sandbox.Options{
		Name: s.Runtime, Machine: img.Config.Architecture, UID: c.user.uid, GID: c.user.gid, Helper: s.Helper, TempDir: r.Spool.Dir,
	})
	if err != nil {
		return nil, err
	}
	defer r.Step("unpacking", img.Ref, "runtime", c.runtime.Name())()
	if c.dir, err = os.MkdirTemp(r.Spool.Dir, "container-"); err != nil {
		return nil, &image.SpoolError{Dir: r.Spool.Dir, Err: err}
	}
	if err := c.unpack(ctx); err != nil {
		return nil, cleanup.Close(err, c)
	}
	return c, nil
}

// Close removes the image's files.
func (c *container) Close() error { return unpack.Remove(c.dir) }

func (c *container) rootDir() string { return filepath.Join(c.dir, "root") }

// unpack writes the image's files.
func (c *container) unpack(ctx context.Context) (err error) {
	uid, gid := sandbox.Owner()
	if err := errors.Join(os.Mkdir(c.rootDir(), 0o755), os.Lchown(c.dir, uid, gid)); err != nil {
		return &image.SpoolError{Dir: c.dir, Err: err}
	}
	root, err := os.OpenRoot(c.rootDir())
	if err != nil {
		return &image.SpoolError{Dir: c.dir, Err: err}
	}
	defer func() { err = cleanup.Close(err, root) }()
	err = unpack.Tree(ctx, root, c.tree, unpack.Owner{UID: uid, GID: gid}, func(layer int) (io.ReadCloser, error) {
		return c.img.Layers[layer].Open(c.progress)
	})
	var unwritten *unpack.Error
	if errors.As(err, &unwritten) {
		return &image.SpoolError{Dir: c.dir, Err: err}
	}
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", c.img.Ref, err)
	}
	// Runtimes make the working directory if it is missing.
	dir := c.workdir()[1:]
	if _, err := c.tree.Resolve(dir); errors.Is(err, fs.ErrNotExist) {
		if err := errors.Join(root.MkdirAll(dir, 0o755), root.Lchown(dir, uid, gid)); err != nil {
			return &image.SpoolError{Dir: c.dir, Err: err}
		}
	}
	return nil
}

// workdir is where the image's programs start; absolute.
func (c *container) workdir() string { return path.Join("/", c.img.Config.Config.WorkingDir) }
