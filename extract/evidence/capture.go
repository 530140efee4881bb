package evidence

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"slices"
	"sync"

	"github.com/slimify/slimify/extract/elffile"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// maxEvidence bounds one captured file. The largest RECORD seen is 2 MB
// (tensorflow's); dpkg's status of the fat images is 600 KB.
const maxEvidence = 16 << 20

// maxSmall bounds the files of smallEvidence.
const maxSmall = 64 << 10

// systemFiles lists the files of any Debian image whose content the rules read.
var systemFiles = []string{
	"var/lib/dpkg/info/*.list",     // what a Debian package installed
	"var/lib/dpkg/status",          // installed Debian packages
	"var/lib/dpkg/status.d/*",      // packages of which single files were copied
	"var/lib/dpkg/info/*.triggers", // triggers of a Debian package
	"var/lib/dpkg/alternatives/*",  // which commands several packages offer
	"var/lib/dpkg/triggers/*",      // dpkg's index of triggers
	dpkg.DiversionsFile,            // files that dpkg installs at another path
	dpkg.StatOverrideFile,          // owners and modes that the administrator set
	dpkg.ExtendedStates,            // packages that apt installed as dependencies
	"etc/dpkg/dpkg.cfg",            // what dpkg leaves out of packages
	"etc/dpkg/dpkg.cfg.d/*",        //
	"etc/os-release",               // the Debian release
	"usr/lib/os-release",           // its real place
	"etc/passwd",                   // accounts
	"etc/group",                    //
	"etc/shadow",                   //
	"etc/gshadow",                  //
	"etc/ld.so.cache",              // which libraries the loader knows
	"etc/ld.so.conf.d/*.conf",      // where ldconfig looks for them
}

// smallEvidence lists files of which only small ones are read.
var smallEvidence = globs(
	"*/*.pem", "*/*.key", // private keys among certificates
	"etc/*", "etc/*/*", "etc/*/*/*", "etc/*/*/*/*", // whether a package's file was edited
)

// Version changes whenever [Capturer] keeps something else of the same layer.
const Version = 2

// Language is what an ecosystem wants to have kept of its files.
type Language struct {
	// Files are patterns of files that are kept whole: of the path, or with "*/"
	// before it of the last element.
	Files []string
	// Heads is how many bytes are kept of the beginning of a file, by its extension.
	Heads map[string]int
	// IsSource reports whether a file holds source text, by its name and its first
	// line ("" if that is not known).
	IsSource func(name, shebang string) bool
	// Scan reads source text of the application, ScanLibraries that of installed
	// packages: a hundred thousand of their files must not fill the memory.
	Scan          func(text []byte) source.Source
	ScanLibraries func(text []byte) []source.Library
	// IsLibrary reports whether a directory is of installed packages or the standard
	// library, and so not of the application. IsInstalled reports whether a path lies
	// among installed packages.
	IsLibrary   func(dir string) bool
	IsInstalled func(name string) bool
}

// Capturer keeps what the rules read: the content of some files, the dynamic section of
// ELF files, the first line of executable scripts, and what sources import, call and
// open. It is safe for concurrent use.
type Capturer struct {
	scratch   func() (Scratch, error)
	languages []Language
	files     []glob
	// buffers holds *bytes.Buffers: fresh memory costs more time in page faults than
	// reading a file.
	buffers sync.Pool
}

// NewCapturer returns a capturer for an image with sources of some languages.
// scratch makes a temporary file for an ELF file that is too large for memory;
// closing it removes it.
func NewCapturer(scratch func() (Scratch, error), languages ...Language) *Capturer {
	c := &Capturer{scratch: scratch, languages: languages, files: globs(systemFiles...)}
	for _, l := range languages {
		c.files = append(c.files, globs(l.Files...)...)
	}
	return c
}

// content reads size bytes. The data is valid until release is called.
func (c *Capturer) content(r io.Reader, size int64) (data []byte, release func(), err error) {
	buf, ok := c.buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	buf.Reset()
	buf.Grow(int(size))
	data = buf.AvailableBuffer()[:size]
	if _, err := io.ReadFull(r, data); err != nil {
		c.buffers.Put(buf)
		return nil, nil, err
	}
	return data, func() { c.buffers.Put(buf) }, nil
}

// Scratch is a temporary file.
type Scratch interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// maxInMemory is how large an ELF file may be to be read in memory, in bytes.
const maxInMemory = 4 << 20

// maxELF is how large an ELF file may be to be read at all, in bytes: it is copied to a
// temporary file, and a gigabyte of zeros is a megabyte of blob. The largest libraries
// of PyTorch have 2 GB.
const maxELF = 8 << 30

// Capture is the [layers.Capture] to index images with.
func (c *Capturer) Capture(e *layers.Entry, content io.Reader) ([]byte, error) {
	if matchesAny(c.files, e.Name) {
		if e.Size > maxEvidence {
			return nil, nil
		}
		return io.ReadAll(content)
	}
	if e.Size <= maxSmall && c.sourceLanguage(e.Name, "") == nil && matchesAny(smallEvidence, e.Name) {
		return io.ReadAll(content)
	}
	if size := c.head(e.Name); size > 0 && e.Size >= int64(size) {
		head := make([]byte, size)
		_, err := io.ReadFull(content, head)
		return head, err
	}
	magic := make([]byte, len(elffile.Magic))
	if e.Size < int64(len(magic)) {
		return nil, nil
	}
	if _, err := io.ReadFull(content, magic); err != nil {
		return nil, err
	}
	if c.isScript(e, magic) {
		return c.captureScript(e, io.MultiReader(bytes.NewReader(magic), content))
	}
	if string(magic) != elffile.Magic {
		return nil, nil
	}
	return c.captureELF(e.Size, io.MultiReader(bytes.NewReader(magic), content))
}

// head returns how many bytes are kept at the beginning of a file.
func (c *Capturer) head(name string) int {
	for _, l := range c.languages {
		if size, ok := l.Heads[path.Ext(name)]; ok {
			return size
		}
	}
	return 0
}

// captureELF reads a whole file, since its dynamic section may lie anywhere, and returns
// the magic followed by its Info as JSON. Nothing is kept of a damaged ELF file.
func (c *Capturer) captureELF(size int64, content io.Reader) (evidence []byte, err error) {
	if size > maxELF {
		return nil, nil
	}
	var file io.ReaderAt
	if size <= maxInMemory {
		data, release, err := c.content(content, size)
		if err != nil {
			return nil, err
		}
		defer release()
		file = bytes.NewReader(data)
	} else {
		scratch, err := c.scratch()
		if err != nil {
			return nil, err
		}
		defer func() {
			if cerr := scratch.Close(); err == nil {
				err = cerr
			}
		}()
		if _, err := io.Copy(scratch, content); err != nil {
			return nil, err
		}
		file = scratch
	}
	info, err := elffile.Read(file)
	if err != nil {
		return nil, nil //nolint:nilerr // a damaged library is the image's own matter
	}
	doc, err := json.Marshal(info)
	if err != nil {
		return nil, err
	}
	return append([]byte(elffile.Magic), doc...), nil
}

// ELF returns what was captured of an ELF file; nil for other files.
func ELF(n *layers.Node) *elffile.Info {
	doc, ok := bytes.CutPrefix(n.Evidence, []byte(elffile.Magic))
	if !ok || n.Kind != layers.File {
		return nil
	}
	info := new(elffile.Info)
	if json.Unmarshal(doc, info) != nil {
		return nil
	}
	return info
}

// systemDirs hold files of the system, never of the application.
var systemDirs = []string{"usr/lib", "usr/share", "usr/include", "var/lib/dpkg"}

// IsApplication reports whether a path may be the user's own: it lies neither in
// the system's directories nor in a library of one of the languages.
func IsApplication(name string, languages []Language) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if slices.Contains(systemDirs, dir) || slices.ContainsFunc(languages, func(l Language) bool { return l.IsLibrary(dir) }) {
			return false
		}
	}
	return true
}
