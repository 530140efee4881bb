package layers

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"time"
)

// Kind says what an [Entry] is.
type Kind uint8

// The kinds of entries. Whiteout and Opaque are the two markers of the OCI
// image specification; they hide what lower layers have.
const (
	File     Kind = iota // a regular file
	Dir                  // a directory
	Symlink              // a symbolic link; Link is its text
	Hardlink             // a second name; Link is the first name's path
	Device               // a character or block device
	Fifo                 // a named pipe
	Whiteout             // hides the lower layers' Name
	Opaque               // hides all that lower layers have below Name
)

var kindNames = [...]string{"file", "directory", "symlink", "hard link", "device", "fifo", "whiteout", "opaque whiteout"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Names of the markers, from the OCI image specification.
const (
	whiteoutPrefix = ".wh."
	// opaqueMarker in a directory hides all that lower layers have there.
	opaqueMarker = ".wh..wh..opq"
	// aufsPrefix begins the names of the metadata of aufs, which hide nothing.
	aufsPrefix = ".wh..wh."
)

// WhiteoutName returns the tar name of the marker that hides the path name.
func WhiteoutName(name string) string {
	dir, base := path.Split(name)
	return dir + whiteoutPrefix + base
}

// Entry is one tar header in a layer's table.
type Entry struct {
	// Name is the path in the image, slash-separated and clean, without a
	// leading slash; "." is the root. For a marker it is the hidden path.
	Name string
	Kind Kind
	// Mode holds permissions, setuid, setgid and sticky, as in a tar header.
	Mode     uint32
	UID, GID int
	// Size is the length of a regular file's content in bytes.
	Size int64
	// ModTime is in seconds since the epoch: layers that slimify writes hold
	// whole seconds, as .pyc files and most tools do.
	ModTime int64
	// Link is a symlink's text, or the clean path that a hard link names.
	Link string
	// Xattrs holds extended attributes by name ("security.capability").
	Xattrs map[string]string
	// Digest is the SHA-256 of a regular file's content.
	Digest [sha256.Size]byte
	// Evidence is what the [Capture] returned for the content; nil if it
	// returned nothing.
	Evidence []byte
}

// SameAttributes reports whether both have the same kind, mode, owner, link
// text and extended attributes. Times and content are not compared.
func (e *Entry) SameAttributes(o *Entry) bool {
	return e.Kind == o.Kind && (e.Mode == o.Mode || e.Kind == Symlink) &&
		e.UID == o.UID && e.GID == o.GID && e.Link == o.Link && maps.Equal(e.Xattrs, o.Xattrs)
}

// Same reports whether a program would see no difference: the same attributes
// and content, and for files the same modification time, which bytecode
// records. Times of directories and links are not compared: every build changes
// them, and nothing reads them.
func (e *Entry) Same(o *Entry) bool {
	return e.SameAttributes(o) && e.Size == o.Size && e.Digest == o.Digest &&
		(e.Kind != File || e.ModTime == o.ModTime)
}

// FileMode translates Kind and Mode.
func (e *Entry) FileMode() fs.FileMode {
	m := fs.FileMode(e.Mode & 0o777)
	for bit, mode := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if e.Mode&bit != 0 {
			m |= mode
		}
	}
	switch e.Kind {
	case Dir:
		m |= fs.ModeDir
	case Symlink:
		m |= fs.ModeSymlink
	case Device:
		m |= fs.ModeDevice
	case Fifo:
		m |= fs.ModeNamedPipe
	}
	return m
}

// paxXattr is the prefix of extended attributes in PAX records, as star, GNU
// tar and every container tool write them.
const paxXattr = "SCHILY.xattr."

// Header is the tar header that writes the entry under the given name. Owner
// names and access times are left out, since they differ between builders.
func (e *Entry) Header(name string) *tar.Header {
	h := &tar.Header{
		Format:  tar.FormatPAX,
		Name:    name,
		Mode:    int64(e.Mode),
		Uid:     e.UID,
		Gid:     e.GID,
		ModTime: time.Unix(e.ModTime, 0),
	}
	switch e.Kind {
	case File:
		h.Typeflag, h.Size = tar.TypeReg, e.Size
	case Dir:
		h.Typeflag = tar.TypeDir
		h.Name = strings.TrimSuffix(name, "/") + "/"
	case Symlink:
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.Link
	case Hardlink:
		h.Typeflag, h.Linkname = tar.TypeLink, e.Link
	case Fifo:
		h.Typeflag = tar.TypeFifo
	}
	for k, v := range e.Xattrs {
		if h.PAXRecords == nil {
			h.PAXRecords = make(map[string]string, len(e.Xattrs))
		}
		h.PAXRecords[paxXattr+k] = v
	}
	return h
}

// kindOf translates a tar type flag; ok is false for headers that do not
// describe a file, such as a PAX global header.
func kindOf(flag byte) (k Kind, ok bool) {
	switch flag {
	case tar.TypeReg, '\x00', tar.TypeCont, tar.TypeGNUSparse:
		return File, true
	case tar.TypeDir:
		return Dir, true
	case tar.TypeSymlink:
		return Symlink, true
	case tar.TypeLink:
		return Hardlink, true
	case tar.TypeChar, tar.TypeBlock:
		return Device, true
	case tar.TypeFifo:
		return Fifo, true
	}
	return 0, false
}

// newEntry translates a tar header. It returns nil for headers that do not
// describe a file, and an error for names that no extractor would accept.
func newEntry(h *tar.Header, limits Limits) (*Entry, error) {
	kind, ok := kindOf(h.Typeflag)
	if !ok {
		return nil, nil
	}
	name, err := CleanName(h.Name)
	if err != nil {
		return nil, err
	}
	if len(name) > limits.PathLength {
		return nil, fmt.Errorf("path of %d bytes is longer than %d", len(name), limits.PathLength)
	}
	if strings.Count(name, "/") >= limits.Depth {
		return nil, fmt.Errorf("path is nested deeper than %d directories", limits.Depth)
	}
	if len(h.Linkname) > limits.PathLength {
		return nil, fmt.Errorf("link text of %d bytes is longer than %d", len(h.Linkname), limits.PathLength)
	}
	e := &Entry{
		Name: name, Kind: kind, Mode: uint32(h.Mode & 0o7777), UID: h.Uid, GID: h.Gid, ModTime: h.ModTime.Unix(),
	}
	switch kind {
	case File:
		e.Size = h.Size
	case Symlink:
		e.Link = h.Linkname
	case Hardlink:
		if e.Link, err = CleanName(h.Linkname); err != nil {
			return nil, fmt.Errorf("hard link to %q: %w", h.Linkname, err)
		}
	}
	for k, v := range h.PAXRecords {
		if attr, ok := strings.CutPrefix(k, paxXattr); ok && !hostXattr(attr) {
			if e.Xattrs == nil {
				e.Xattrs = make(map[string]string)
			}
			e.Xattrs[attr] = v
			if len(attr)+len(v) > limits.Xattr {
				return nil, fmt.Errorf("extended attribute %.40q of %d bytes is longer than %d", attr, len(v), limits.Xattr)
			}
		}
	}
	return markerOf(e)
}

// hostXattr reports whether an attribute comes from the machine that built the
// image (its SELinux policy, its overlay driver) and not from the image.
func hostXattr(name string) bool {
	return name == "security.selinux" || strings.HasPrefix(name, "trusted.overlay.") || strings.HasPrefix(name, "user.overlay.")
}

// markerOf turns an entry with a marker's name into a marker.
func markerOf(e *Entry) (*Entry, error) {
	dir, base := path.Split(e.Name)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case !strings.HasPrefix(base, whiteoutPrefix):
		return e, nil
	case base == opaqueMarker:
		if dir == "" {
			dir = "."
		}
		return &Entry{Name: dir, Kind: Opaque}, nil
	case strings.HasPrefix(base, aufsPrefix):
		return nil, nil
	}
	hidden := strings.TrimPrefix(base, whiteoutPrefix)
	if hidden == "" || hidden == "." || hidden == ".." {
		return nil, fmt.Errorf("whiteout of %q", hidden)
	}
	return &Entry{Name: path.Join(dir, hidden), Kind: Whiteout}, nil
}

// CleanName returns the canonical form of a tar name. Absolute names are taken
// from the image's root, as all extractors do; names that climb out of the
// root, or hold a NUL, are errors.
func CleanName(name string) (string, error) {
	if strings.IndexByte(name, 0) >= 0 {
		return "", fmt.Errorf("name %q holds a NUL", name)
	}
	clean := path.Clean(strings.TrimLeft(name, "/"))
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", fmt.Errorf("name %q leaves the root", name)
	}
	return clean, nil
}
