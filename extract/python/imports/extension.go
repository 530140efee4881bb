package imports

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/evidence"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/layers"
)

// extension matches the names of extension modules (PEP 3149).
var extension = regexp.MustCompile(`\.(cpython-[0-9]+[a-z]*-[a-z0-9_-]+|abi3)\.so$`)

// IsExtension reports whether a file is an extension module, which Python loads by its
// name.
func IsExtension(name string) bool { return extension.MatchString(name) }

// dynload is the directory of the standard library's extension modules.
const dynload = "lib-dynload"

// IsStandardExtension reports whether a file is an extension module of the standard
// library. Official slim images have some without their libraries (Tk).
func IsStandardExtension(name string) bool { return path.Base(path.Dir(name)) == dynload }

// required are the extension modules that modules of the standard library import, if
// slim images lack their libraries.
var required = map[string]string{"tkinter/__init__.py": "_tkinter", "turtle.py": "_tkinter"}

// checkExtension reports an imported extension module of the standard library that
// cannot be loaded. The check of ELF files reports others.
func (c *checker) checkExtension(s statement, module *layers.Node) {
	for of, name := range required {
		if lib, ok := strings.CutSuffix(module.Path(), "/"+of); ok {
			if n := findIn(c.Image, c.Tree(), lib+"/"+dynload, name); n != nil {
				module = n
			}
		}
	}
	if !IsStandardExtension(module.Path()) {
		return
	}
	info := evidence.ELF(module)
	if info == nil {
		return
	}
	fits := native.Fits(info)
	loader := native.NewLoader(c.Config.Env, c.Tree())
	for _, library := range info.Needed {
		if c.FindMerged(loader.Places(module.Path(), info, library), fits) != nil {
			continue
		}
		p := c.problem(s, fmt.Sprintf("line %d imports %s: library %s not found", s.Line, s.Module, library))
		p.In = func(ctx context.Context, other *check.Image) (bool, error) {
			loader := native.NewLoader(other.Config.Env, other.Stack.Upper, c.Tree())
			found, err := other.Find(ctx, loader.Places(module.Path(), info, library), fits)
			return found == nil, err
		}
		c.report(p)
	}
}
