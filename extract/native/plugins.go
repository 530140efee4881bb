package native

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// plugins are files that libraries find by listing a directory, so that no literal
// names them. Many are in packages on which the library's package does not depend.
// Patterns are relative to the library's directory.
var plugins = []struct {
	library string // how the file's name begins
	files   []string
}{
	{"libMagickCore-", []string{"ImageMagick-*/modules-*/*/*"}},
	{"libmariadb.so", []string{"libmariadb*/plugin/*.so"}},
	{"libgdk_pixbuf-2.0.so", []string{"gdk-pixbuf-2.0/*/loaders/*.so", "gdk-pixbuf-2.0/*/loaders.cache"}},
	{"libgio-2.0.so", []string{"gio/modules/*"}},
	{"libgtk-3.so", []string{"gtk-3.0/*/immodules/*", "gtk-3.0/*/immodules.cache", "gtk-3.0/*/printbackends/*"}},
	{"libsasl2.so", []string{"sasl2/*"}},
	{"libkrb5.so", []string{"krb5/plugins/*/*.so"}},
	{"libodbc.so", []string{"odbc/*.so"}},
	{"libnss3.so", []string{"nss/*.so"}},
	{"libvips.so", []string{"vips-modules-*/*.so"}},
	{"libgstreamer-1.0.so", []string{"gstreamer-1.0/*.so"}},
	{"libenchant-2.so", []string{"enchant-2/*.so"}},
}

// pluginsOf keeps FAT's plugins of a kept library.
func (l *linker) pluginsOf(ctx context.Context, library *selection.Item) error {
	if !isLibraryFile(path.Base(library.Path)) {
		return nil
	}
	for _, p := range plugins {
		if !strings.HasPrefix(path.Base(library.Path), p.library) {
			continue
		}
		reason := selection.Reason{Rule: selection.Opened, Text: "plugin of " + path.Base(library.Path), From: library.Path}
		// The layers above the library's are open already.
		for layer := l.Stack.Boundary; ; layer-- {
			t, err := l.mover.TreeAt(ctx, layer)
			if err != nil {
				return err
			}
			for _, at := range below(t, path.Dir(library.Path), p.files) {
				err := l.keep(ctx, library, at, reason)
				if err != nil && !layers.NotExist(err) { // removed by a layer above
					return fmt.Errorf("keeping the plugin /%s: %w", at, err)
				}
			}
			if layer <= library.Pos.Layer {
				break
			}
		}
	}
	return nil
}

// below lists the files below a directory of a tree that match a pattern.
func below(t *layers.Tree, dir string, patterns []string) []string {
	root, err := t.Resolve(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, pattern := range patterns {
		top, _, _ := strings.Cut(pattern, "/")
		for _, child := range root.Children() {
			if ok, _ := path.Match(top, child.Base()); !ok {
				continue
			}
			child.Walk(func(n *layers.Node) bool {
				rel := strings.TrimPrefix(n.Path(), root.Path()+"/")
				if ok, _ := doublestar.Match(pattern, rel); ok && n.Kind != layers.Dir && !n.Implied {
					out = append(out, n.Path())
				}
				return true
			})
		}
	}
	return out
}
