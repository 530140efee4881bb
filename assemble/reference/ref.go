package reference

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Transport is the kind of place that a reference names. Its string is the
// prefix that users type, without the colon, as in containers-transports(5).
type Transport string

// The transports. There is none for a daemon, since slimify needs no Docker.
const (
	Registry      Transport = "docker"
	OCI           Transport = "oci"
	OCIArchive    Transport = "oci-archive"
	DockerArchive Transport = "docker-archive"
)

// stdin is the FILE of an archive that means standard input.
const stdin = "-"

var (
	// tagPattern is the grammar of a tag in the distribution specification.
	tagPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

	// digestSuffix matches the digest in oci:DIR@sha256:…, which runs print for
	// an OCI layout.
	digestSuffix = regexp.MustCompile(`^(.+)@(sha256:[0-9a-f]{64})$`)
)

// Ref is a parsed image reference from Parse. The zero Ref names nothing. Refs
// are comparable with ==.
type Ref struct {
	transport Transport
	image     name.Reference // Registry; the REF of DockerArchive, or nil
	path      string         // all but Registry
	tag       string         // OCI and OCIArchive: the tag, or ""
	digest    string         // OCI and OCIArchive: sha256:…, or ""
	explicit  bool           // the user typed a tag or a digest
}

// Parse reads a reference as a user types it:
//
//	[docker://]IMAGE          an image in a registry
//	oci:DIR[:TAG]             an OCI image layout
//	oci-archive:FILE[:TAG]    the same in a tar
//	docker-archive:FILE[:REF] what `docker save` writes
//
// FILE may be "-" (standard input) for reading. DIR and FILE may contain a colon
// if a slash follows it; TAG is a tag of the distribution specification, and REF
// is what follows the first colon after which there is a valid tagged image name.
// A layout may also be DIR@sha256:…, the form in which its digests are printed.
// Any error is a *ParseError.
func Parse(s string) (Ref, error) {
	ref, err := parse(s)
	if errors.Is(err, errCredentials) {
		return Ref{}, &ParseError{Ref: withoutUser(s), Cause: err}
	}
	if err != nil {
		return Ref{}, &ParseError{Ref: s, Cause: err}
	}
	return ref, nil
}

// errCredentials is returned for a reference with a user or a password before its
// host. Its text must not show them.
var errCredentials = errors.New("only a digest may follow an @; credentials are given with slimify login, not in a reference")

// withoutUser redacts what precedes the host in a reference or an address.
func withoutUser(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	} else {
		scheme += "://"
	}
	if i := lastUser(rest); i >= 0 {
		return scheme + redacted + rest[i:]
	}
	return s
}

func parse(s string) (Ref, error) {
	if s == "" {
		return Ref{}, errors.New("it is empty; name an image, such as registry.example.com/app:1.0")
	}
	if rest, ok := strings.CutPrefix(s, "docker://"); ok {
		return parseRegistry(rest)
	}
	prefix, rest, found := strings.Cut(s, ":")
	if !found {
		return parseRegistry(s)
	}
	switch Transport(prefix) {
	case OCI, OCIArchive:
		return parseLayout(Transport(prefix), rest)
	case DockerArchive:
		return parseDockerArchive(rest)
	}
	switch prefix {
	case "docker-daemon", "containers-storage":
		return Ref{}, fmt.Errorf("the %s transport is not supported; save the image to a file and use docker-archive:FILE", prefix)
	case "http", "https":
		if lastUser(rest) >= 0 {
			return Ref{}, errCredentials
		}
		return Ref{}, errors.New("an image reference has no scheme; omit " + prefix + "://")
	}
	return parseRegistry(s)
}

func parseRegistry(s string) (Ref, error) {
	if lastUser(s) >= 0 {
		return Ref{}, errCredentials
	}
	// Some of these would be read as a repository of Docker Hub, or a host ".".
	for _, begin := range []string{"/", "./", "../", "~"} {
		if strings.HasPrefix(s, begin) {
			return Ref{}, errors.New("it is a path, not an image in a registry; write oci:DIR, oci-archive:FILE or docker-archive:FILE")
		}
	}
	image, err := name.ParseReference(s)
	if err != nil {
		return Ref{}, fmt.Errorf("%w; write [HOST/]REPOSITORY[:TAG]", err)
	}
	_, digested := image.(name.Digest)
	last := s[strings.LastIndexByte(s, '/')+1:]
	return Ref{transport: Registry, image: image, explicit: digested || strings.Contains(last, ":")}, nil
}

func parseLayout(t Transport, s string) (Ref, error) {
	ref := Ref{transport: t, path: s}
	if m := digestSuffix.FindStringSubmatch(s); m != nil {
		ref.path, ref.digest, ref.explicit = m[1], m[2], true
	} else if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		ref.path, ref.tag, ref.explicit = s[:i], s[i+1:], true
		if !tagPattern.MatchString(ref.tag) {
			return Ref{}, fmt.Errorf("%q is not a tag; write %s:PATH[:TAG]", ref.tag, t)
		}
	}
	if err := checkPath(ref); err != nil {
		return Ref{}, err
	}
	if t == OCI && ref.path == stdin {
		return Ref{}, errors.New("standard input cannot be a directory; use oci-archive:-")
	}
	return ref, nil
}

func parseDockerArchive(s string) (Ref, error) {
	ref := Ref{transport: DockerArchive, path: s}
	switch {
	case strings.HasPrefix(s, ":"):
		ref.path = ""
		return Ref{}, checkPath(ref)
	case digestSuffix.MatchString(s):
		return Ref{}, errors.New("a Docker archive has no digests; write docker-archive:FILE[:REPOSITORY:TAG]")
	}
	for i := range len(s) {
		if s[i] != ':' {
			continue
		}
		if tag, err := parseRepoTag(s[i+1:]); err == nil {
			ref.path, ref.image, ref.explicit = s[:i], tag, true
			return ref, checkPath(ref)
		}
	}
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		return Ref{}, fmt.Errorf("%q is not an image name; write docker-archive:FILE[:REPOSITORY:TAG]", s[i+1:])
	}
	return ref, checkPath(ref)
}

// parseRepoTag parses a name as in the RepoTags of a Docker archive, which have
// no digests.
func parseRepoTag(s string) (name.Tag, error) {
	return name.NewTag(s)
}

func checkPath(ref Ref) error {
	if ref.path == "" {
		return fmt.Errorf("the path is missing; write %s:PATH", ref.transport)
	}
	if strings.ContainsRune(ref.path, 0) {
		return errors.New("the path contains a NUL byte")
	}
	return nil
}

// Transport is the reference's transport; "" for the zero Ref.
func (r Ref) Transport() Transport { return r.transport }

// IsZero reports whether r is the zero Ref.
func (r Ref) IsZero() bool { return r.transport == "" }

// Name is the parsed name of a registry image, or nil for other transports.
func (r Ref) Name() name.Reference {
	if r.transport != Registry {
		return nil
	}
	return r.image
}

// Path is the directory or file of a reference outside a registry.
func (r Ref) Path() string { return r.path }

// Stdin reports whether the image is read from standard input.
func (r Ref) Stdin() bool { return r.path == stdin && r.transport != OCI }

// HasIdentifier reports whether the reference has a tag or a digest. Without
// one, a registry image means the tag "latest" and a file its only image.
func (r Ref) HasIdentifier() bool { return r.explicit }

// Tag is the tag, by default "latest" in a registry; "" if the reference has a
// digest or, for a file, no tag.
func (r Ref) Tag() string {
	if tag, ok := r.image.(name.Tag); ok {
		return tag.TagStr()
	}
	return r.tag
}

// Digest is the digest that the reference names, or "".
func (r Ref) Digest() string {
	if d, ok := r.image.(name.Digest); ok {
		return d.DigestStr()
	}
	return r.digest
}

// WithTag returns the reference with another tag in the same repository or
// layout. A Docker archive without an image name is unchanged.
func (r Ref) WithTag(tag string) (Ref, error) {
	if !tagPattern.MatchString(tag) {
		return Ref{}, &ParseError{Ref: r.Repository() + ":" + tag, Cause: fmt.Errorf("%q is not a tag", tag)}
	}
	switch {
	case r.image != nil:
		// Context().Tag would print the full name instead of the typed one.
		image, err := name.NewTag(r.repository() + ":" + tag)
		if err != nil {
			return Ref{}, &ParseError{Ref: r.Repository() + ":" + tag, Cause: err}
		}
		r.image, r.explicit = image, true
	case r.transport != DockerArchive:
		r.tag, r.digest, r.explicit = tag, "", true
	}
	return r, nil
}

// String is the reference as the user typed it, without docker://. Parse accepts
// it.
func (r Ref) String() string {
	switch {
	case r.transport == Registry:
		return r.image.String()
	case r.image != nil:
		return r.Repository() + ":" + r.image.String()
	case r.digest != "":
		return r.Repository() + "@" + r.digest
	case r.tag != "":
		return r.Repository() + ":" + r.tag
	default:
		return r.Repository()
	}
}

// Repository is the reference without tag and digest: host/repository as typed,
// or the transport and path.
func (r Ref) Repository() string {
	if r.transport == Registry {
		return r.repository()
	}
	return string(r.transport) + ":" + r.path
}

// repository is the typed name of r.image without tag and digest.
func (r Ref) repository() string {
	s, _, _ := strings.Cut(r.image.String(), "@")
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		s = s[:i]
	}
	return s
}

// Pinned is the reference with a digest returned by Write, as printed by a run:
// repository@sha256:…, oci:DIR@sha256:…, or for a Docker archive, which has no
// manifest, the image ID.
func (r Ref) Pinned(digest v1.Hash) string {
	switch r.transport {
	case DockerArchive:
		return digest.String()
	case Registry:
		return r.FullRepository() + "@" + digest.String()
	default:
		return r.Repository() + "@" + digest.String()
	}
}

// FullRepository is the repository with its registry, docker.io for Docker Hub;
// for other transports the path.
func (r Ref) FullRepository() string {
	if r.transport != Registry {
		return r.path
	}
	s := r.image.Context().Name()
	if rest, ok := strings.CutPrefix(s, name.DefaultRegistry+"/"); ok {
		return "docker.io/" + rest
	}
	return s
}
