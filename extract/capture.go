package extract

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/slimify/slimify/internal/elffile"
	"github.com/slimify/slimify/layers"
)

// maxEvidence bounds one captured file. The largest RECORD seen is 2 MB
// (tensorflow's); dpkg's status of the fat images is 600 KB.
const maxEvidence = 16 << 20

// maxSmall bounds the files of smallEvidence.
const maxSmall = 64 << 10

// evidence lists the files whose content the rules read.
var evidence = globs(
	"*/RECORD",                       // PEP 376: what a distribution installed
	"*/installed-files.txt",          // the same, for .egg-info
	"*/top_level.txt",                // which modules a distribution has
	"*/*.pth",                        // what is added to Python's path
	"*/_*editable*.py",               // finders of editable installs
	"*/*.egg-link",                   // setuptools' "develop"
	"*/direct_url.json",              // PEP 610: where a distribution came from
	"*/PKG-INFO",                     // core metadata of .egg-info
	"*/pyvenv.cfg",                   // PEP 405: a virtual environment's interpreter
	"var/lib/dpkg/info/*.list",       // what a Debian package installed
	"var/lib/dpkg/status",            // which Debian packages there are
	"var/lib/dpkg/status.d/*",        // the same, of copied files
	"var/lib/dpkg/info/*.triggers",   // what a Debian package wants to be told of
	"var/lib/dpkg/alternatives/*",    // which commands several packages offer
	"var/lib/dpkg/triggers/*",        // dpkg's index of triggers
	dpkgDiversions,                   // files that lie elsewhere than their package says
	dpkgOverrides,                    // owners and modes other than their package says
	aptStates,                        // which packages are there for others' sake
	"etc/dpkg/dpkg.cfg",              // what dpkg leaves out of packages
	"etc/dpkg/dpkg.cfg.d/*",          //
	"etc/os-release",                 // the suite
	"usr/lib/os-release",             // its real place
	"etc/passwd",                     // accounts
	"etc/group",                      //
	"etc/shadow",                     //
	"etc/gshadow",                    //
	"etc/ld.so.cache",                // which libraries the loader knows
	"etc/ld.so.conf.d/*.conf",        // where ldconfig looks for them
	Prefix+"/include/*/patchlevel.h", // the interpreter's version
)

// smallEvidence lists files of which only small ones are read.
var smallEvidence = globs(
	"*/*.pem", "*/*.key", // private keys among certificates
	"etc/*", "etc/*/*", "etc/*/*/*", "etc/*/*/*/*", // whether a package's file was edited
)

// EvidenceVersion tells apart what different versions of [Capturer] keep of the
// same layer.
const EvidenceVersion = 1

// Capturer keeps the content of the files that the rules read, of ELF files
// what the loader reads, of executable scripts the first line, of scripts
// what they import, call and open, and of bytecode what it says of its source. It
// may be used by several goroutines.
type Capturer struct {
	// Scratch makes a temporary file for an ELF file that is too large for
	// memory. Closing it removes it.
	Scratch func() (Scratch, error)
	// buffers holds *bytes.Buffers: memory that is new costs more time, page by page,
	// than what is done with it.
	buffers sync.Pool
}

// content reads size bytes. What it returns is good until release is called.
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

// bytecodeHead is the length of what a .pyc says of its source (PEP 552), in
// bytes.
const bytecodeHead = 16

// Capture is the [layers.Capture] to index images with.
func (c *Capturer) Capture(e *layers.Entry, content io.Reader) ([]byte, error) {
	if matchesAny(evidence, e.Name) {
		if e.Size > maxEvidence {
			return nil, nil
		}
		return io.ReadAll(content)
	}
	if e.Size <= maxSmall && !strings.HasSuffix(e.Name, ".py") && matchesAny(smallEvidence, e.Name) {
		return io.ReadAll(content)
	}
	if strings.HasSuffix(e.Name, ".pyc") && e.Size >= bytecodeHead {
		head := make([]byte, bytecodeHead)
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
	if mayTell(e, magic) {
		return c.captureScript(e, io.MultiReader(bytes.NewReader(magic), content))
	}
	if string(magic) != elffile.Magic {
		return nil, nil
	}
	return c.captureELF(e.Size, io.MultiReader(bytes.NewReader(magic), content))
}

// captureELF reads a file whole, since what the loader reads of it may lie
// anywhere, and returns the magic followed by its Info as JSON. A file that
// cannot be read as ELF is no evidence.
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
		scratch, err := c.Scratch()
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

// ELFInfo returns what was captured of an ELF file; nil for other files.
func ELFInfo(n *layers.Node) *elffile.Info {
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

// notApplication are the directories of the system: what lies there is others'.
var notApplication = []string{"usr/lib", "usr/share", "usr/include", "var/lib/dpkg"}

// IsApplication reports whether a path may be the user's own: it lies neither in
// the system's directories nor in a library of Python.
func IsApplication(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		for _, system := range notApplication {
			if dir == system {
				return false
			}
		}
		base := path.Base(dir)
		if base == "site-packages" || base == "dist-packages" || strings.HasPrefix(base, "python3.") && path.Base(path.Dir(dir)) == "lib" {
			return false
		}
	}
	return true
}
