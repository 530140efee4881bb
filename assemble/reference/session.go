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

// Options say how a session reaches registries and files. The zero value works.
type Options struct {
	// AuthFile is where credentials are looked for, and nowhere else; it must exist. ""
	// means the ordinary files, see AuthFiles.
	AuthFile string
	// Insecure lists registries, as host or host:port, whose certificate is not
	// checked and which may speak plain HTTP. Loopback registries always may.
	Insecure []string
	// CAFile holds PEM certificates that are trusted besides the system's.
	CAFile string
	// Mirrors maps a registry to the host, or host/prefix, that pulls try first.
	// "docker.io" is Docker Hub.
	Mirrors map[string]string
	// Retry is how often a request is tried again after a failure that may pass.
	Retry int
	// Jobs is how many blobs are written at the same time; 0 means 4.
	Jobs int
	// TempDir is where standard input and compressed archives are spooled; ""
	// means os.TempDir().
	TempDir string
	// Stdin is what FILE "-" reads; nil means that there is none.
	Stdin io.Reader
	// UserAgent is sent with every request, such as "slimify/1.0"; "" leaves
	// go-containerregistry's.
	UserAgent string
	// Counter counts the traffic; nil means nobody asks.
	Counter *Counter
	// Progress is told of work that takes time; nil means nobody listens.
	Progress Progress
	// Connections are shared with other sessions of the same CAFile and Getenv; nil
	// means that the session has its own.
	Connections *Connections
	// Getenv replaces os.Getenv in tests.
	Getenv func(string) string
}

const defaultJobs = 4

// openBlobs is how many blobs of a registry may be open at once. A caller has its
// own bound on parallelism; go-containerregistry's is a trap, since a reader that
// is left open (or the config's, meanwhile) blocks the next one for ever.
const openBlobs = 1 << 10

// Session is what the opens and writes of one run share: connections, pings,
// tokens, counters, the spool of standard input. It is safe for concurrent use.
type Session struct {
	opts    Options
	conns   *Connections
	keys    authn.Keychain
	secrets secrets
	stdin   spoolOnce
	silent  sync.Map // what pinger knows of registries that do not answer

	mu      sync.Mutex
	clients map[string]*client // by host
}

// client is how a session reaches one registry.
type client struct {
	rt     http.RoundTripper
	puller *remote.Puller
	pusher *remote.Pusher
}

// NewSession checks the options that name files and makes no connection; one
// that cannot be used is an *OptionError. The
// caller must Close the session after the last use of what it opened.
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
		// A name without dot or port would be read as a repository of Docker Hub.
		host, _, _ := strings.Cut(to, "/")
		if repo, err := name.NewRepository(to + "/repository"); err != nil || from == "" || repo.RegistryStr() != host {
			// What stands there may hold a password.
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

// at returns the client for a registry, which is made at its first use. An error is an
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

// authorized returns a transport that carries the credentials for a repository, for
// requests that go-containerregistry does not make.
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

// RemoteName is the name of a registry image as this session reaches it: insecure
// registries are marked so. It is nil for other transports.
func (s *Session) RemoteName(ref Ref) name.Reference {
	if ref.transport != Registry {
		return nil
	}
	if !slices.Contains(s.opts.Insecure, ref.image.Context().RegistryStr()) {
		return ref.image
	}
	insecure, err := name.ParseReference(ref.image.Name(), name.Insecure)
	if err != nil {
		return ref.image // cannot be: Parse took the same name
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
		return []name.Reference{own} // cannot be: NewSession took the mirror
	}
	return []name.Reference{mirrored, own}
}

// displayHost is a registry's host by the name that users know.
func displayHost(host string) string {
	if host == name.DefaultRegistry {
		return "docker.io"
	}
	return host
}

// canceled tells the end of ctx from a failure of what was tried.
func canceled(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}
