package reference

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// ParseError is a reference that cannot be read, or that cannot be what it is
// used for: a digest or standard input as a destination.
type ParseError struct {
	Ref   string // as typed
	Cause error
}

func (e *ParseError) Error() string { return fmt.Sprintf("image reference %q: %v", e.Ref, e.Cause) }
func (e *ParseError) Unwrap() error { return e.Cause }

// OptionError is an option of a session that cannot be used: a file that is
// missing, a mirror that is malformed.
type OptionError struct{ Cause error }

func (e *OptionError) Error() string { return e.Cause.Error() }
func (e *OptionError) Unwrap() error { return e.Cause }

// NotFoundError is an image, a tag or a repository that is not there.
type NotFoundError struct {
	Ref   string
	Cause error
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("image %q not found: %v; check the name and the tag", e.Ref, e.Cause)
}
func (e *NotFoundError) Unwrap() error { return e.Cause }

// AuthError is a registry that refuses access, or credentials that cannot be had.
type AuthError struct {
	Registry string // host, and port where one was given
	Ref      string // the image, "" when only the registry is known
	Cause    error
}

func (e *AuthError) Error() string {
	object := e.Registry
	if e.Ref != "" {
		object += fmt.Sprintf(" for %q", e.Ref)
	}
	var denied *transport.Error
	if !errors.As(e.Cause, &denied) {
		return fmt.Sprintf("credentials of %s: %v", object, e.Cause)
	}
	// Docker Hub and others do not tell strangers whether a repository exists.
	return fmt.Sprintf("access denied by %s: %v; the repository does not exist or needs other credentials: check the name, or run docker login %s",
		object, e.Cause, e.Registry)
}
func (e *AuthError) Unwrap() error { return e.Cause }

// UnreachableError is a registry that gives no answer.
type UnreachableError struct {
	Registry string
	Cause    error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("registry %s is unreachable: %v; %s", e.Registry, e.Cause, e.hint())
}
func (e *UnreachableError) Unwrap() error { return e.Cause }

func (e *UnreachableError) hint() string {
	var authority x509.UnknownAuthorityError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	switch {
	case errors.As(e.Cause, &authority), errors.As(e.Cause, &verification):
		return "name its certificate authority with --ca-file"
	case errors.Is(e.Cause, http.ErrSchemeMismatch), errors.As(e.Cause, &record):
		return "for a registry without TLS use --insecure-registry " + e.Registry
	case errors.As(e.Cause, &dns):
		return "check the host's name"
	default:
		return "check the name, the network and the proxy"
	}
}

// RegistryError is any other failure of a registry.
type RegistryError struct {
	Ref   string
	Cause error
}

func (e *RegistryError) Error() string { return fmt.Sprintf("registry, image %q: %v", e.Ref, e.Cause) }
func (e *RegistryError) Unwrap() error { return e.Cause }

// UnsupportedError is an image of a kind that is refused.
type UnsupportedError struct {
	Ref    string
	Reason string // what is refused, and what to do instead
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("image %q cannot be used: %s", e.Ref, e.Reason)
}

// CorruptError is content that is not what its digest, its size or its format
// says. It is never retried.
type CorruptError struct {
	Object string // a blob's digest, or a file
	Cause  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is corrupt: %v; get the image again", e.Object, e.Cause)
}
func (e *CorruptError) Unwrap() error { return e.Cause }

// OutputError is a file or directory that cannot be written: missing
// permission, a full disk, a file in the way of a directory.
type OutputError struct {
	Path  string
	Cause error
}

func (e *OutputError) Error() string {
	return fmt.Sprintf("writing %q: %v; check the path, its permissions and the free space", e.Path, e.Cause)
}
func (e *OutputError) Unwrap() error { return e.Cause }

// AmbiguousError is a file with several images and a reference that names none.
type AmbiguousError struct {
	Ref     string
	Choices []string // references that name one image each
	Unnamed int      // images that nothing names
}

func (e *AmbiguousError) Error() string {
	s := fmt.Sprintf("%q holds several images; name one of: %s", e.Ref, strings.Join(e.Choices, ", "))
	if e.Unnamed > 0 {
		s += fmt.Sprintf(" (%d more have no name)", e.Unnamed)
	}
	return s
}

// Explain returns err as one of this package's types, for errors that come later
// from an image opened by ref: children, configs and blobs are read lazily. A nil
// error, an error of this package and the end of ctx come back unchanged; an error
// that is neither of the network nor of a registry does too.
func Explain(ref Ref, err error) error {
	if err == nil || ref.transport != Registry || isTyped(err) {
		return err
	}
	host := displayHost(ref.image.Context().RegistryStr())
	var answer *transport.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &answer):
		return explainAnswer(ref, host, answer, err)
	case isNetwork(err):
		return &UnreachableError{Registry: host, Cause: err}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return err
	}
	return &RegistryError{Ref: ref.String(), Cause: err}
}

// isTyped reports whether err already has a type of this package.
func isTyped(err error) bool {
	var (
		parse       *ParseError
		missing     *NotFoundError
		auth        *AuthError
		unreachable *UnreachableError
		registry    *RegistryError
		unsupported *UnsupportedError
		corrupt     *CorruptError
		output      *OutputError
		ambiguous   *AmbiguousError
	)
	return errors.As(err, &parse) || errors.As(err, &missing) || errors.As(err, &auth) ||
		errors.As(err, &unreachable) || errors.As(err, &registry) || errors.As(err, &unsupported) ||
		errors.As(err, &corrupt) || errors.As(err, &output) || errors.As(err, &ambiguous)
}

// explainAnswer maps what a registry answered: the codes of the distribution
// specification first, then the status.
func explainAnswer(ref Ref, host string, answer *transport.Error, err error) error {
	if answer.Request != nil && answer.Request.URL.Path == "/v2/" && answer.StatusCode == http.StatusNotFound {
		return &RegistryError{Ref: ref.String(), Cause: fmt.Errorf("%s is no registry: %w", host, err)}
	}
	for _, d := range answer.Errors {
		switch d.Code {
		case transport.UnauthorizedErrorCode, transport.DeniedErrorCode:
			return &AuthError{Registry: host, Ref: ref.String(), Cause: err}
		case transport.ManifestUnknownErrorCode, transport.NameUnknownErrorCode:
			return &NotFoundError{Ref: ref.String(), Cause: err}
		}
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &AuthError{Registry: host, Ref: ref.String(), Cause: err}
	case http.StatusNotFound:
		return &NotFoundError{Ref: ref.String(), Cause: err}
	}
	return &RegistryError{Ref: ref.String(), Cause: err}
}

// isNetwork reports whether err is a connection that failed rather than an answer.
func isNetwork(err error) bool {
	var (
		op           *net.OpError
		dns          *net.DNSError
		timeout      net.Error
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		request      *url.Error
	)
	if errors.As(err, &op) || errors.As(err, &dns) || errors.As(err, &verification) || errors.As(err, &record) ||
		errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	if errors.As(err, &timeout) && timeout.Timeout() {
		return true
	}
	return errors.As(err, &request) && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF))
}
