package reference

import (
	"fmt"
	"os/exec"

	"github.com/docker/cli/cli/config/types"
	programs "github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"
)

// tokenUser is the user name of identity tokens in helpers.
const tokenUser = "<token>"

// HelperError is a credential helper that is missing or failed.
type HelperError struct {
	Program string // docker-credential-NAME
	File    string // the file that names it
	Missing bool   // it is not on PATH
	Cause   error
}

func (e *HelperError) Error() string {
	if e.Missing {
		return fmt.Sprintf("credential helper %s, which %q names, is not installed: %v", e.Program, e.File, e.Cause)
	}
	return fmt.Sprintf("credential helper %s, which %q names, failed: %s", e.Program, e.File, Redact(e.Cause.Error()))
}
func (e *HelperError) Unwrap() error { return e.Cause }

// helper is a credential helper named in one of Docker's files
// (github.com/docker/docker-credential-helpers).
type helper struct{ file, program string }

func helperOf(file, name string) helper { return helper{file, "docker-credential-" + name} }

// run calls f with the program. An error is a *HelperError.
func (h helper) run(f func(programs.ProgramFunc) error) error {
	if _, err := exec.LookPath(h.program); err != nil {
		return &HelperError{Program: h.program, File: h.file, Missing: true, Cause: err}
	}
	if err := f(programs.NewShellProgramFunc(h.program)); err != nil {
		return &HelperError{Program: h.program, File: h.file, Cause: err}
	}
	return nil
}

// get returns nil if the helper has no credentials for server.
func (h helper) get(server string) (found *types.AuthConfig, err error) {
	err = h.run(func(program programs.ProgramFunc) error {
		got, err := programs.Get(program, server)
		switch {
		case credentials.IsErrCredentialsNotFound(err):
			return nil
		case err != nil:
			return err
		case got.Username == tokenUser:
			found = &types.AuthConfig{IdentityToken: got.Secret}
		case got.Username != "" || got.Secret != "":
			found = &types.AuthConfig{Username: got.Username, Password: got.Secret}
		}
		return nil
	})
	return found, err
}

func (h helper) store(server, user, password string) error {
	return h.run(func(program programs.ProgramFunc) error {
		return programs.Store(program, &credentials.Credentials{ServerURL: server, Username: user, Secret: password})
	})
}

// erase reports whether there were credentials to erase.
func (h helper) erase(server string) (bool, error) {
	found, err := h.get(server)
	if err != nil || found == nil {
		return false, err
	}
	return true, h.run(func(program programs.ProgramFunc) error { return programs.Erase(program, server) })
}
