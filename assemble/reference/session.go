package reference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Options configure a session. The zero value works.
type Options struct {
	// AuthFile is the only file with credentials; it must exist. "" means the usual
	// files, see AuthFiles.
	AuthFile string
	// Insecure lists registries, as host or host:port, whose certificate is not
	// verified and which may use plain HTTP. Loopback registries always may.
	Insecure []string
	// CAFile has PEM certificates that are trusted in addition to the system's.
	CAFile string
	// Mirrors maps a registry to the host, or host/prefix, that pulls try first.
	// "docker.io" is Docker Hub.
	Mirrors map[string]string
	// Retry is how often a request is retried after a temporary failure.
	Retry int
	// Jobs is how many blobs are written in parallel; 0 means 4.
	Jobs int
	// TempDir is the directory for spooling standard input and compressed
	// archives; "" means os.TempDir().
	TempDir string
	// Stdin is the content of FILE "-"; nil means none.
	Stdin io.Reader
	// UserAgent is sent with every request, such as "slimify/1.0"; "" leaves
	// go-containerregistry's.
	UserAgent string
	// Counter counts the traffic; it may be nil.
	Counter *Counter
	// Progress receives the progress of work; it may be nil.
	Progress Progress
	// Connections are shared with other sessions with the same CAFile and Getenv;
	// nil means that the session has its own.
	Connections *Connections
	// Getenv replaces os.Getenv in tests.
	Getenv func(string) string
}

const defaultJobs = 4

// openBlobs is how many blobs of a registry may be open at once. Callers bound
// parallelism themselves; go-containerregistry's default would let an open reader
// block the next one for ever.
const openBlobs = 1 << 10

// Session holds what one run shares: connections, pings, tokens, counters, the
// spool of standard input. It is safe for concurrent use.
type Session struct {
	opts    Options
	conns   *Connections
	keys    authn.Keychain
	secrets secrets
	stdin   spoolOnce
	silent  sync.Map // registries that do not answer, for pinger

	mu      sync.Mutex
	clients map[string]*client // by host
}

// client is a session's access to one registry.
type client struct {
	rt     http.RoundTripper
	puller *remote.Puller
	pusher *remote.Pusher
}

// NewSession checks the options but connects to nothing yet; an invalid one is
// an *OptionError. The caller must Close the session after the last use of its
// sources.
func NewSession(opts Options) (*Session, error) {
	if opts.Jobs <= 0 {
		opts.Jobs = defaultJobs
	}
	if opts.Counter == nil {
		opts.Counter = new(Counter)
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	for from, to := range opts.Mirrors {
		// A name without a dot or a port would be a repository on Docker Hub.
		host, _, _ := strings.Cut(to, "/")
		if repo, err := name.NewRepository(to + "/repository"); err != nil || from == "" || repo.RegistryStr() != host {
			// The value may contain a password.
			return nil, &OptionError{fmt.Errorf("--registry-mirror %s: write FROM=HOST or FROM=HOST/PREFIX, HOST with a dot or a port, without scheme and credentials", from)}
		}
	}
	s := &Session{opts: opts, conns: opts.Connections, clients: make(map[string]*client)}
	var err error
	if s.conns == nil {
		if s.conns, err = NewConnections(opts); err != nil {
			return nil, err
		}
	}
	if s.keys, err = newKeychain(opts.AuthFile, opts.Getenv, &s.secrets); err != nil {
		return nil, &OptionError{err}
	}
	return s, nil
}

// at returns the client for a registry, which is created on first use. An error is an
// *OptionError: certificates that cannot be read.
func (s *Session) at(registry name.Registry) (*client, error) {
	host := registry.RegistryStr()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[host]; c != nil {
		return c, nil
	}
	rt, err := s.newTransport(host)
	if err != nil {
		return nil, err
	}
	c := &client{rt: rt}
	common := []remote.Option{
		remote.WithTransport(rt),
		remote.WithAuthFromKeychain(s.keys),
		remote.WithRetryBackoff(remote.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 1 + max(0, s.opts.Retry)}),
	}
	if c.puller, err = remote.NewPuller(append(common, remote.WithJobs(openBlobs))...); err != nil {
		return nil, err
	}
	if c.pusher, err = remote.NewPusher(append(common, remote.WithJobs(s.opts.Jobs))...); err != nil {
		return nil, err
	}
	s.clients[host] = c
	return c, nil
}

// authorized returns a transport with the credentials for a repository, for
// requests that go-containerregistry does not support.
func (s *Session) authorized(ctx context.Context, repo name.Repository, scope string) (http.RoundTripper, error) {
	c, err := s.at(repo.Registry)
	if err != nil {
		return nil, err
	}
	auth, err := authn.Resolve(ctx, s.keys, repo)
	if err != nil {
		return nil, err
	}
	return transport.NewWithContext(ctx, repo.Registry, auth, c.rt, []string{repo.Scope(scope)})
}

// Close removes the session's spool, and closes its idle connections unless they are
// shared.
func (s *Session) Close() error {
	if s.opts.Connections == nil {
		s.conns.Close()
	}
	return s.stdin.close()
}

// RemoteName is the name of a registry image for this session, marked if its
// registry is insecure. It is nil for other transports.
func (s *Session) RemoteName(ref Ref) name.Reference {
	if ref.transport != Registry {
		return nil
	}
	if !slices.Contains(s.opts.Insecure, ref.image.Context().RegistryStr()) {
		return ref.image
	}
	insecure, err := name.ParseReference(ref.image.Name(), name.Insecure)
	if err != nil {
		return ref.image // impossible: Parse accepted the same name
	}
	return insecure
}

// pullNames are the names to try for ref, in order: the mirror's, then its own.
func (s *Session) pullNames(ref Ref) []name.Reference {
	own := s.RemoteName(ref)
	host := own.Context().RegistryStr()
	mirror, ok := s.opts.Mirrors[displayHost(host)]
	if !ok {
		mirror, ok = s.opts.Mirrors[host]
	}
	if !ok {
		return []name.Reference{own}
	}
	sep := ":"
	if _, digested := own.(name.Digest); digested {
		sep = "@"
	}
	var opts []name.Option
	if mirrorHost, _, _ := strings.Cut(mirror, "/"); slices.Contains(s.opts.Insecure, mirrorHost) {
		opts = append(opts, name.Insecure)
	}
	mirrored, err := name.ParseReference(mirror+"/"+own.Context().RepositoryStr()+sep+own.Identifier(), opts...)
	if err != nil {
		return []name.Reference{own} // impossible: NewSession accepted the mirror
	}
	return []name.Reference{mirrored, own}
}

// displayHost is a registry's host name for users.
func displayHost(host string) string {
	if host == name.DefaultRegistry {
		return "docker.io"
	}
	return host
}

// canceled reports whether err comes from the end of ctx.
func canceled(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}
