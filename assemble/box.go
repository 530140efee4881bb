package assemble

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/internal/sandbox"
	"github.com/slimify/slimify/internal/unpack"
	"github.com/slimify/slimify/layers"
)

// box is an image that was unpacked to run programs in it.
type box struct {
	img      *image
	progress reference.Progress
	tree     *layers.Tree
	dir      string // holds the root and the runtime's files
	runtime  *sandbox.Runtime
	user     account
}

// newBox finds a runtime and unpacks an image's tree, whose layers were read.
// The files are gone with Close.
func (r *run) newBox(ctx context.Context, img *image, tree *layers.Tree, o *RunOptions) (b *box, err error) {
	b = &box{img: img, progress: r.opts.Session.Progress, tree: tree}
	if b.user, err = accountOf(&img.config.Config, tree); err != nil {
		return nil, err
	}
	// Root's programs run as somebody else, who must get to their files: he may
	// pass through the run's directory, and sees nothing of it.
	if err := os.Chmod(r.spool.dir, 0o711); err != nil {
		return nil, &SpoolError{r.spool.dir, err}
	}
	b.runtime, err = sandbox.Choose(ctx, sandbox.Options{
		Name: o.Runtime, Machine: img.config.Architecture, UID: b.user.uid, GID: b.user.gid, Reexec: o.Reexec, TempDir: r.spool.dir,
	})
	if err != nil {
		return nil, err
	}
	defer r.step("unpacking", img.ref, "runtime", b.runtime.Name())()
	if b.dir, err = os.MkdirTemp(r.spool.dir, "box-"); err != nil {
		return nil, &SpoolError{r.spool.dir, err}
	}
	if err := b.unpack(ctx); err != nil {
		return nil, closeAll(err, b)
	}
	return b, nil
}

// Close removes the image's files.
func (b *box) Close() error { return unpack.Remove(b.dir) }

func (b *box) rootDir() string { return filepath.Join(b.dir, "root") }

// unpack writes the image's files.
func (b *box) unpack(ctx context.Context) (err error) {
	uid, gid := sandbox.Owner()
	if err := errors.Join(os.Mkdir(b.rootDir(), 0o755), os.Lchown(b.dir, uid, gid)); err != nil {
		return &SpoolError{b.dir, err}
	}
	root, err := os.OpenRoot(b.rootDir())
	if err != nil {
		return &SpoolError{b.dir, err}
	}
	defer func() { err = closeAll(err, root) }()
	err = unpack.Tree(ctx, root, b.tree, unpack.Owner{UID: uid, GID: gid}, func(layer int) (io.ReadCloser, error) {
		return b.img.layers[layer].open(b.progress)
	})
	var unwritten *unpack.Error
	if errors.As(err, &unwritten) {
		return &SpoolError{b.dir, err}
	}
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", b.img.ref, err)
	}
	// Runtimes make a working directory that is not there.
	dir := b.workdir()[1:]
	if _, err := b.tree.Resolve(dir); errors.Is(err, fs.ErrNotExist) {
		if err := errors.Join(root.MkdirAll(dir, 0o755), root.Lchown(dir, uid, gid)); err != nil {
			return &SpoolError{b.dir, err}
		}
	}
	return nil
}

// workdir is where the image's programs start; absolute.
func (b *box) workdir() string { return path.Join("/", b.img.config.Config.WorkingDir) }

// spec is how a program runs as the image's config says.
func (b *box) spec(args []string, o *RunOptions) sandbox.Spec {
	env := slices.Clone(b.img.config.Config.Env)
	for name, value := range map[string]string{"PATH": imageconfig.RuntimePath, "HOME": b.user.home, "HOSTNAME": sandbox.Hostname} {
		if !slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") }) {
			env = append(env, name+"="+value)
		}
	}
	return sandbox.Spec{
		Root: b.rootDir(), Args: args, Env: env, Dir: b.workdir(), UID: b.user.uid, GID: b.user.gid, Memory: o.Memory, Timeout: o.left,
	}
}

// run runs a program and takes its time from what is left.
func (b *box) run(ctx context.Context, spec sandbox.Spec, o *RunOptions) (sandbox.Result, error) {
	begin := time.Now()
	res, err := b.runtime.Run(ctx, spec)
	o.left = max(o.left-time.Since(begin), time.Millisecond)
	if err != nil {
		return res, fmt.Errorf("running %s in %s: %w", spec.Args[0], b.img.ref, err)
	}
	return res, nil
}

// account is the user as whom an image's programs run.
type account struct {
	uid, gid int
	home     string
}

// accountOf reads USER as container runtimes do: a name or an id, and perhaps a
// group; without one the user's own.
func accountOf(c *v1.Config, tree *layers.Tree) (account, error) {
	a := account{home: "/"}
	user, group, _ := strings.Cut(c.User, ":")
	user = cmp.Or(user, "0")
	id, err := strconv.Atoi(user)
	known := false
	for _, fields := range database(tree, "etc/passwd", 7) {
		if fields[0] != user && (err != nil || fields[2] != user) {
			continue
		}
		uid, uerr := strconv.Atoi(fields[2])
		gid, gerr := strconv.Atoi(fields[3])
		if uerr == nil && gerr == nil {
			a, known = account{uid, gid, cmp.Or(fields[5], "/")}, true
			break
		}
	}
	if !known {
		if err != nil {
			return a, &NoUserError{user}
		}
		a.uid = id
	}
	if group == "" {
		return a, nil
	}
	if a.gid, err = strconv.Atoi(group); err == nil {
		return a, nil
	}
	for _, fields := range database(tree, "etc/group", 4) {
		if gid, gerr := strconv.Atoi(fields[2]); fields[0] == group && gerr == nil {
			a.gid = gid
			return a, nil
		}
	}
	return a, &NoUserError{user + ":" + group}
}

// database reads a database of accounts (passwd(5), group(5)).
func database(tree *layers.Tree, name string, fields int) [][]string {
	data, err := tree.ReadFile(name)
	if err != nil {
		return nil // an image need not have one
	}
	var out [][]string
	for line := range bytes.Lines(data) {
		if f := strings.Split(strings.TrimSpace(string(line)), ":"); len(f) == fields {
			out = append(out, f)
		}
	}
	return out
}

// NoUserError is a USER that the image does not know: no runtime starts such a
// container.
type NoUserError struct{ User string }

func (e *NoUserError) Error() string {
	return fmt.Sprintf("the image runs as %q, whom its /etc/passwd and /etc/group do not know", e.User)
}
