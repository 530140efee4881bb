package reference

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Login checks a user and a password with a registry, named as ParseHost returns it, by
// a request to /v2/ with them or with a token from its token server. It stores nothing.
// It reports that nothing was checked if the registry allows anonymous access.
//
// Errors are an *AuthError (they are refused), *UnreachableError,
// *RegistryError, *OptionError or ctx's.
func (s *Session) Login(ctx context.Context, host, user, password string) (checked bool, err error) {
	var opts []name.Option
	if slices.Contains(s.opts.Insecure, host) {
		opts = append(opts, name.Insecure)
	}
	registry, err := name.NewRegistry(host, opts...)
	if err != nil {
		return false, &OptionError{err}
	}
	c, err := s.at(registry)
	if err != nil {
		return false, err
	}
	s.secrets.add(password)
	checked, err = login(ctx, registry, c.rt, authn.FromConfig(authn.AuthConfig{Username: user, Password: password}))
	return checked, explain("", host, err)
}

func login(ctx context.Context, registry name.Registry, rt http.RoundTripper, auth authn.Authenticator) (checked bool, err error) {
	challenge, err := transport.Ping(ctx, registry, rt)
	if err != nil {
		return false, err
	}
	// The answer to the ping is cached: this requests a token at most.
	if rt, err = transport.NewWithContext(ctx, registry, auth, rt, nil); err != nil {
		return false, err
	}
	ping := url.URL{Scheme: "https", Host: registry.RegistryStr(), Path: "/v2/"}
	if challenge.Insecure {
		ping.Scheme = "http"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ping.String(), nil)
	if err != nil {
		return false, err
	}
	resp, err := (&http.Client{Transport: rt}).Do(req)
	if err != nil {
		return false, err
	}
	err = transport.CheckError(resp, http.StatusOK)
	return challenge.Scheme != "", errors.Join(err, resp.Body.Close())
}
