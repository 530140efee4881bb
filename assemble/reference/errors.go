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

// ParseError is an invalid reference, or one that cannot be used as it is: a
// digest or standard input as a destination.
type ParseError struct {
	Ref   string // as typed
	Cause error
}

func (e *ParseError) Error() string { return fmt.Sprintf("image reference %q: %v", e.Ref, e.Cause) }
func (e *ParseError) Unwrap() error { return e.Cause }

// OptionError is an invalid option of a session: a missing file, a malformed
// mirror.
type OptionError struct{ Cause error }

func (e *OptionError) Error() string { return e.Cause.Error() }
func (e *OptionError) Unwrap() error { return e.Cause }

// NotFoundError is an image, a tag or a repository that does not exist.
type NotFoundError struct {
	Ref   string
	Cause error
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("image %q not found: %s; check the name and the tag", e.Ref, Redact(e.Cause.Error()))
}
func (e *NotFoundError) Unwrap() error { return e.Cause }

// AuthError is a registry that denies access, or credentials that cannot be
// obtained.
type AuthError struct {
	Registry string // host, with the port if one was given
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
		return fmt.Sprintf("credentials of %s: %s", object, Redact(e.Cause.Error()))
	}
	return fmt.Sprintf("access denied by %s: %s; %s", object, Redact(e.Cause.Error()), e.remedy(denied))
}

// remedy suggests what to do about a registry's answer.
func (e *AuthError) remedy(denied *transport.Error) string {
	login := "run slimify login " + e.Registry
	sent := ""
	if denied.Request != nil {
		sent, _, _ = strings.Cut(denied.Request.Header.Get("Authorization"), " ")
	}
	switch {
	case refreshDenied(denied):
		return "the identity token has expired or was revoked: " + login
	case e.Ref == "":
		return "check the user and the password"
	case sent == "Basic" && denied.StatusCode == http.StatusUnauthorized:
		return "the credentials were refused: " + login
	case sent == "":
		return "the repository does not exist or needs credentials, and none were found: check the name, or " + login
	case denied.StatusCode == http.StatusForbidden:
		return "the repository does not exist, or these credentials have no right to it: check the name, or " + login + " as another user"
	default:
		// Docker Hub and others do not reveal whether a repository exists.
		return "the repository does not exist or needs other credentials: check the name, or " + login
	}
}
func (e *AuthError) Unwrap() error { return e.Cause }

// UnreachableError is a registry that does not answer.
type UnreachableError struct {
	Registry string
	Cause    error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("registry %s is unreachable: %s; %s", e.Registry, Redact(e.Cause.Error()), e.hint())
}
func (e *UnreachableError) Unwrap() error { return e.Cause }

func (e *UnreachableError) hint() string {
	var (
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		dns          *net.DNSError
		op           *net.OpError
	)
	isOp := errors.As(e.Cause, &op)
	switch {
	case isOp && op.Op == "proxyconnect":
		return "check the proxy that HTTPS_PROXY or HTTP_PROXY names, or except the registry with NO_PROXY"
	case errors.As(e.Cause, &host):
		return "its certificate is for other names: check the host's name"
	case errors.As(e.Cause, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or this machine's clock is wrong"
	case errors.As(e.Cause, &authority), errors.As(e.Cause, &verification):
		return "name its certificate authority with --ca-file, or put it into certs.d/" + e.Registry + "/ca.crt below ~/.config/containers or /etc/docker"
	case errors.Is(e.Cause, errClientCert), isOp && op.Op == alertOp:
		return "for a client certificate put NAME.cert and NAME.key into certs.d/" + e.Registry + " below ~/.config/containers or /etc/docker"
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

func (e *RegistryError) Error() string {
	text := "registry"
	if e.Ref != "" {
		text = fmt.Sprintf("registry, image %q", e.Ref)
	}
	text += ": " + Redact(e.Cause.Error())
	var answer *transport.Error
	if errors.As(e.Cause, &answer) && answer.StatusCode == http.StatusTooManyRequests {
		text += "; its rate limit is reached: wait, raise the limit with slimify login, or pull from a mirror with --registry-mirror"
	}
	return text
}
func (e *RegistryError) Unwrap() error { return e.Cause }

// UnsupportedError is an image of an unsupported kind.
type UnsupportedError struct {
	Ref    string
	Reason string // what is unsupported, and what to do instead
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("image %q cannot be used: %s", e.Ref, e.Reason)
}

// CorruptError is content that does not match its digest, size or format. It is
// never retried.
type CorruptError struct {
	Object string // a blob's digest, or a file
	Cause  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is corrupt: %v; get the image again", e.Object, e.Cause)
}
func (e *CorruptError) Unwrap() error { return e.Cause }

// OutputError is a file or directory that cannot be written: missing
// permissions, a full disk, a file in place of a directory.
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
	Unnamed int      // images without a name
}

func (e *AmbiguousError) Error() string {
	s := fmt.Sprintf("%q holds several images; name one of: %s", e.Ref, strings.Join(e.Choices, ", "))
	if e.Unnamed > 0 {
		s += fmt.Sprintf(" (%d more have no name)", e.Unnamed)
	}
	return s
}

// Explain converts errors from an image opened with ref into this package's types:
// children, configs and blobs are read lazily and fail later. It returns nil,
// errors of this package, context errors and errors that come neither from the
// network nor from a registry unchanged.
func Explain(ref Ref, err error) error {
	if ref.transport != Registry {
		return err
	}
	return explain(ref.String(), displayHost(ref.image.Context().RegistryStr()), err)
}

// explain is Explain by names; ref is "" if only the registry is meant.
func explain(ref, host string, err error) error {
	if err == nil || isTyped(err) {
		return err
	}
	var answer *transport.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case isHandshake(err):
		// The attempt without TLS, which follows, gets a meaningless answer.
		var request *url.Error
		if errors.As(err, &request) && isHandshake(request) {
			err = request
		}
		return &UnreachableError{Registry: host, Cause: err}
	case errors.As(err, &answer):
		return explainAnswer(ref, host, answer, err)
	case isNetwork(err):
		return &UnreachableError{Registry: host, Cause: err}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return err
	}
	return &RegistryError{Ref: ref, Cause: err}
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
		option      *OptionError
	)
	return errors.As(err, &parse) || errors.As(err, &missing) || errors.As(err, &auth) ||
		errors.As(err, &unreachable) || errors.As(err, &registry) || errors.As(err, &unsupported) ||
		errors.As(err, &corrupt) || errors.As(err, &output) || errors.As(err, &ambiguous) || errors.As(err, &option)
}

// explainAnswer maps a registry's answer: by the codes of the distribution
// specification, then by status.
func explainAnswer(ref, host string, answer *transport.Error, err error) error {
	if answer.Request != nil && answer.Request.URL.Path == "/v2/" && answer.StatusCode == http.StatusNotFound {
		return &RegistryError{Ref: ref, Cause: fmt.Errorf("%s is not a registry: %w", host, err)}
	}
	if refreshDenied(answer) {
		return &AuthError{Registry: host, Ref: ref, Cause: err}
	}
	for _, d := range answer.Errors {
		switch d.Code {
		case transport.UnauthorizedErrorCode, transport.DeniedErrorCode:
			return &AuthError{Registry: host, Ref: ref, Cause: err}
		case transport.ManifestUnknownErrorCode, transport.NameUnknownErrorCode:
			return &NotFoundError{Ref: ref, Cause: err}
		}
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &AuthError{Registry: host, Ref: ref, Cause: err}
	case http.StatusNotFound:
		return &NotFoundError{Ref: ref, Cause: err}
	}
	return &RegistryError{Ref: ref, Cause: err}
}

// refreshDenied reports whether a token server refused an identity token, with
// status 400 by RFC 6749, section 5.2.
func refreshDenied(answer *transport.Error) bool {
	refused := answer.StatusCode == http.StatusBadRequest || answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
	return refused && answer.Request != nil && isTokenRefresh(answer.Request)
}

// isHandshake reports whether one side did not accept the other's certificate.
func isHandshake(err error) bool {
	var verification *tls.CertificateVerificationError
	var op *net.OpError
	return errors.Is(err, errClientCert) || errors.As(err, &verification) || errors.As(err, &op) && op.Op == alertOp
}

// alertOp is the Op of errors from TLS alerts, whose type is not exported.
const alertOp = "remote error"

// isNetwork reports whether err is a failed connection rather than an answer.
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
