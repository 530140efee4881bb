package native

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// libc lists the libraries that must come from the same build as the loader: otherwise
// a process dies at its start.
var libc = []string{
	"libc.so.6", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2",
	"libutil.so.1", "libanl.so.1", "libnsl.so.1", "libthread_db.so.1", "libBrokenLocale.so.1",
	"libnss_files.so.2", "libnss_dns.so.2", "libnss_compat.so.2", "libnss_hesiod.so.2", "libSegFault.so", "libmemusage.so",
}

func isLibc(name string) bool {
	return slices.Contains(libc, name) || strings.HasPrefix(name, "ld-linux") || strings.HasPrefix(name, "ld64.so")
}

// isDriver reports whether a library belongs to the host's graphics driver, which the
// container's runtime mounts and no image has.
func isDriver(name string) bool {
	for _, prefix := range []string{"libcuda.so.", "libnvidia-", "libnvcuvid.so."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// linker finds libraries as the dynamic loader does (ld.so(8)), in FAT and in SLIM as
// decided so far.
type linker struct {
	*selection.State
	mover      *debian.Mover
	official   *official.FatImage
	ecosystems []*ecosystem.Ecosystem
	loader     Loader
	removed    map[string]bool                 // the base's paths that SLIM removes
	sonames    map[string]bool                 // of kept files: a library that is already loaded satisfies
	missing    map[string]string               // the path that needs it, by library
	infos      map[*layers.Entry]*elffile.Info // a cache: many files need the same library
}

// info is [evidence.ELF], decoded once for each file.
func (l *linker) info(n *layers.Node) *elffile.Info {
	info, known := l.infos[n.Entry]
	if !known {
		info = evidence.ELF(n)
		l.infos[n.Entry] = info
	}
	return info
}

// Close keeps the libraries that kept files need and the base lacks, until nothing more
// is needed. It returns a [*official.MismatchError] if a file needs a symbol version
// that the base's library does not define.
func Close(ctx context.Context, s *selection.State, mover *debian.Mover, fat *official.FatImage, ecosystems []*ecosystem.Ecosystem, needs []ecosystem.SystemNeed) error {
	l := &linker{
		State: s, mover: mover, official: fat, ecosystems: ecosystems, loader: loaderOf(s), removed: make(map[string]bool), sonames: make(map[string]bool), missing: make(map[string]string),
		infos: make(map[*layers.Entry]*elffile.Info),
	}
	for _, r := range s.Selection.Removals {
		l.removed[r.Path] = true
	}
	for _, it := range slices.Clone(s.Selection.Items) {
		if it.Verdict == selection.Kept && it.Reason.Rule != selection.ByKeep && (it.Pos.Layer < s.Stack.Boundary || it.Reason.Rule.WholePackage) {
			if err := mover.MoveOwner(ctx, it); err != nil {
				return err
			}
		}
	}
	for _, n := range needs {
		if err := l.needRuntime(ctx, n); err != nil {
			return err
		}
	}
	mover.TakeKept()
	var queue []*selection.Item
	enqueue := func(items []*selection.Item) {
		for _, it := range items {
			if it.Verdict != selection.Kept || it.Kind != layers.File {
				continue
			}
			queue = append(queue, it)
			if info := l.info(it.Node); info != nil {
				l.sonames[path.Base(it.Path)] = true
				l.sonames[info.Soname] = true
			}
		}
	}
	enqueue(s.Selection.Items)
	for len(queue) > 0 {
		it := queue[0]
		queue = queue[1:]
		if err := l.needs(ctx, it); err != nil {
			return err
		}
		enqueue(mover.TakeKept())
	}
	l.warnOfMissing()
	return nil
}

// needs keeps what a file needs, and what it may open at run time.
func (l *linker) needs(ctx context.Context, by *selection.Item) error {
	if info := l.info(by.Node); info != nil {
		for _, name := range info.Needed {
			if err := l.need(ctx, by, info, name); err != nil {
				return err
			}
		}
		if err := l.pluginsOf(ctx, by); err != nil {
			return err
		}
	}
	for _, o := range l.openings(by) {
		if err := l.open(ctx, by, o); err != nil {
			return err
		}
	}
	return nil
}

// need keeps the library of one DT_NEEDED.
func (l *linker) need(ctx context.Context, by *selection.Item, info *elffile.Info, name string) error {
	dirs := l.loader.Search(by.Path, info)
	for _, dir := range dirs {
		n := l.inSlim(path.Join(dir, name), info)
		if n != nil {
			return l.checkVersions(ctx, by, info, name, n)
		}
	}
	if isLibc(name) || isDriver(name) {
		return nil // the base has it at another path, or the host has it
	}
	if l.sonames[name] && l.Stack.Boundary > 0 && !l.official.Library(name) {
		return nil // a wheel's private library, already loaded; the original base image has none of that name
	}
	n, err := l.inFat(ctx, dirs, info, name)
	if err == nil {
		return l.keep(ctx, by, n, selection.Reason{Rule: selection.Needed, Text: "DT_NEEDED of " + path.Base(by.Path), From: by.Path})
	}
	if !layers.NotExist(err) {
		return err
	}
	if !l.sonames[name] {
		l.missing[name] = by.Path
	}
	return nil
}

// inFat returns the path of the library that the loader finds in FAT.
func (l *linker) inFat(ctx context.Context, dirs []string, info *elffile.Info, name string) (string, error) {
	var places []string
	for _, dir := range dirs {
		places = append(places, path.Join(dir, name))
	}
	return l.Stack.Find(ctx, places, func(n *layers.Node) bool {
		found := l.info(n)
		return found != nil && info.Fits(found)
	})
}

// inSlim returns the library at a path of SLIM, kept or from the base, if its machine
// fits; else nil.
func (l *linker) inSlim(at string, info *elffile.Info) *layers.Node {
	if n, err := l.Upper().Resolve(at); err == nil {
		it := l.Selection.Item(n)
		if found := l.info(n); it != nil && it.Verdict == selection.Kept && found != nil && info.Fits(found) {
			return n
		}
	}
	if l.removed[at] {
		return nil
	}
	if n, err := l.Base.Tree.Resolve(at); err == nil {
		if found := l.info(n); found != nil && info.Fits(found) {
			return n
		}
	}
	return nil
}

// keep keeps a library of FAT with all links that lead to it, and its Debian package. A
// library that the user dropped counts as missing.
func (l *linker) keep(ctx context.Context, by *selection.Item, at string, reason selection.Reason) error {
	for range view.MaxLinks {
		n, err := l.Stack.Lookup(ctx, at)
		if err != nil {
			return err
		}
		l.Selection.Add(n) // --drop speaks of paths of cold layers too
		if l.Selection.DroppedByUser(n) {
			l.missing[path.Base(at)] = by.Path
			return nil
		}
		if it := l.mover.Keep(n, reason); it != nil {
			if err := l.mover.MoveOwner(ctx, it); err != nil {
				return err
			}
		}
		if n.Kind != layers.Symlink {
			return nil
		}
		at = view.LinkTarget(n)
	}
	return layers.ErrLinkLoop
}

// checkVersions compares the symbol versions that a file needs from a library of the
// base with those that the library defines. A version that FAT's library lacks as well
// is a warning: the file never loaded.
func (l *linker) checkVersions(ctx context.Context, by *selection.Item, info *elffile.Info, name string, library *layers.Node) error {
	if it := l.Selection.Item(library); it != nil {
		return nil // from FAT
	}
	has := l.info(library).Defines
	for _, v := range info.Needs[name] {
		if len(has) == 0 || slices.Contains(has, v) {
			continue
		}
		defines, err := l.fatDefines(ctx, by, info, name)
		if err != nil {
			return err
		}
		if !slices.Contains(defines, v) {
			l.missing[v+" of "+name] = by.Path
			continue
		}
		return &official.MismatchError{
			What: "symbol version " + v, Fat: "needed by /" + by.Path, Base: "not defined by /" + library.Path(),
			Way: "give a base with a newer Debian release with --base, or build the image on the Debian release of the base",
		}
	}
	return nil
}

// fatDefines returns the symbol versions of the library that a file finds in FAT.
func (l *linker) fatDefines(ctx context.Context, by *selection.Item, info *elffile.Info, name string) ([]string, error) {
	at, err := l.inFat(ctx, l.loader.Search(by.Path, info), info, name)
	if layers.NotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n, err := l.Stack.Resolve(ctx, at)
	if err != nil {
		return nil, err
	}
	return l.info(n).Defines, nil
}

// warnOfMissing warns of needed libraries that FAT lacks too.
func (l *linker) warnOfMissing() {
	if len(l.missing) == 0 {
		return
	}
	var names []string
	for name, by := range l.missing {
		names = append(names, fmt.Sprintf("%s for /%s", name, by))
	}
	slices.Sort(names)
	noun := "library"
	if len(names) > 1 {
		noun = "libraries"
	}
	l.Selection.Warn("missing-libraries", "the image lacks %s", text.Listed(names, noun))
}

// needRuntime keeps what the base's runtime needs from FAT: a file, or the missing
// libraries of one of its own files.
func (l *linker) needRuntime(ctx context.Context, need ecosystem.SystemNeed) error {
	if need.File != "" {
		if err := l.keep(ctx, need.By, need.File, need.Reason); err != nil && !layers.NotExist(err) {
			return err
		}
	}
	if need.Libraries == nil || l.info(need.Libraries) == nil {
		return nil
	}
	by, reason := &selection.Item{Node: need.Libraries, Path: need.Libraries.Path()}, need.Reason
	info := l.info(by.Node)
	dirs := l.loader.Search(by.Path, info)
	for _, name := range info.Needed {
		found := slices.ContainsFunc(dirs, func(dir string) bool { return l.inSlim(path.Join(dir, name), info) != nil })
		if found || isLibc(name) {
			continue
		}
		at, err := l.inFat(ctx, dirs, info, name)
		if layers.NotExist(err) {
			continue // FAT cannot import it either
		}
		if err != nil {
			return err
		}
		if err := l.keep(ctx, by, at, reason); err != nil {
			return err
		}
	}
	return nil
}

// HostLibrary reports whether a library belongs to the host's graphics driver,
// which no image has.
func HostLibrary(name string) bool { return isDriver(name) }
