package sample

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/slimify/slimify/layers/layertest"
)

// dist is a distribution to install.
type dist struct {
	name, version string
	modules       []string // below the site directory
	size          int      // of each module, in bytes
	requires      []string
	extensions    []layertest.Entry // below the image's root
	scripts       map[string]string // console scripts: name to "module:function"
	bytecode      bool              // pip compiled it
	requested     bool              // the user named it
	suffix        string            // makes the content differ
}

// wheel returns the files that pip installs from a wheel, RECORD included (PyPA
// specifications, "Recording installed projects").
func (b *builder) wheel(d dist) []layertest.Entry {
	var files []layertest.Entry
	for _, name := range d.modules {
		files = append(files, layertest.File(b.site()+"/"+name, source(name+d.suffix, d.size)))
	}
	files = append(files, d.extensions...)
	for _, name := range slices.Sorted(maps.Keys(d.scripts)) {
		module, function, _ := strings.Cut(d.scripts[name], ":")
		files = append(files, layertest.Script("usr/local/bin/"+name, b.shebang()+
			"import re\nimport sys\nfrom "+module+" import "+function+"\nif __name__ == '__main__':\n"+
			"    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit("+function+"())\n"))
	}
	info := b.site() + "/" + d.name + "-" + d.version + ".dist-info"
	files = append(files, b.metadata(d, info)...)
	record := b.record(files)
	if d.bytecode {
		for _, f := range files {
			if strings.HasSuffix(f.Name, ".py") {
				pyc := b.pyc(f, installed())
				files = append(files, pyc)
				record = append(record, b.relative(pyc.Name)+",,")
			}
		}
	}
	record = append(record, b.relative(info)+"/RECORD,,")
	slices.Sort(record)
	return append(files, layertest.File(info+"/RECORD", strings.Join(record, "\n")+"\n"))
}

// metadata is the .dist-info directory without its RECORD.
func (b *builder) metadata(d dist, info string) []layertest.Entry {
	meta := "Metadata-Version: 2.1\nName: " + d.name + "\nVersion: " + d.version + "\n"
	for _, r := range d.requires {
		meta += "Requires-Dist: " + r + "\n"
	}
	tag := "py3-none-any"
	if len(d.extensions) > 0 {
		py := "cp" + strings.ReplaceAll(b.minor(), ".", "")
		tag = py + "-" + py + "-manylinux_2_17_" + strings.TrimSuffix(b.machine.tuple, "-linux-gnu")
	}
	out := []layertest.Entry{
		layertest.File(info+"/INSTALLER", "pip\n"),
		layertest.File(info+"/METADATA", meta),
		layertest.File(info+"/WHEEL", "Wheel-Version: 1.0\nGenerator: bdist_wheel\nRoot-Is-Purelib: true\nTag: "+tag+"\n"),
		layertest.File(info+"/top_level.txt", topLevel(d.modules)),
	}
	if len(d.scripts) > 0 {
		text := "[console_scripts]\n"
		for _, name := range slices.Sorted(maps.Keys(d.scripts)) {
			text += name + " = " + d.scripts[name] + "\n"
		}
		out = append(out, layertest.File(info+"/entry_points.txt", text))
	}
	if d.requested {
		out = append(out, layertest.File(info+"/REQUESTED", ""))
	}
	return out
}

// topLevel lists the packages and modules that can be imported.
func topLevel(modules []string) string {
	var names []string
	for _, m := range modules {
		first, _, _ := strings.Cut(m, "/")
		if name, isPath := strings.CutSuffix(first, ".pth"); !isPath && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "\n") + "\n"
}

// record lists files with hash and size.
func (b *builder) record(files []layertest.Entry) []string {
	var out []string
	for _, f := range files {
		sum := sha256.Sum256([]byte(f.Content))
		out = append(out, fmt.Sprintf("%s,sha256=%s,%d", b.relative(f.Name), base64.RawURLEncoding.EncodeToString(sum[:]), len(f.Content)))
	}
	return out
}

// relative is a path in a RECORD, relative to the site directory.
func (b *builder) relative(name string) string {
	if rest, ok := strings.CutPrefix(name, b.site()+"/"); ok {
		return rest
	}
	return "../../../" + strings.TrimPrefix(name, "usr/local/")
}

// magicNumber is the magic number of a minor version's bytecode.
func magicNumber(minor string) uint16 {
	switch minor {
	case "3.10":
		return 3439
	case "3.11":
		return 3495
	case "3.12":
		return 3531
	case "3.13":
		return 3571
	}
	return 3425 // 3.9
}

// pyc is the bytecode of a source, which records the source's time and size
// (PEP 552).
func (b *builder) pyc(source layertest.Entry, modified time.Time) layertest.Entry {
	dir, base := path.Split(source.Name)
	tag := "cpython-" + strings.ReplaceAll(b.minor(), ".", "")
	header := binary.LittleEndian.AppendUint16(nil, magicNumber(b.minor()))
	header = append(header, '\r', '\n', 0, 0, 0, 0)
	header = binary.LittleEndian.AppendUint32(header, uint32(modified.Unix()))
	header = binary.LittleEndian.AppendUint32(header, uint32(source.Size))
	name := dir + "__pycache__/" + strings.TrimSuffix(base, ".py") + "." + tag + ".pyc"
	return layertest.File(name, string(header)+noise(name, int(source.Size)*2/3))
}
