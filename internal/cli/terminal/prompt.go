package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
)

// maxPassword is the longest password that is read, in bytes. Tokens have a few thousand.
const maxPassword = 64 << 10

// Credentials returns a user and a password for a host. It asks for the password, and for
// the user if given is "", or reads the password from stdin.
func (t *Terminal) Credentials(ctx context.Context, host, given string, passwordStdin bool) (user, password string, err error) {
	tty := t.keyboard
	interactive := tty != nil && term.IsTerminal(int(tty.Fd()))
	switch {
	case passwordStdin && given == "":
		return "", "", usage.Errorf("--password-stdin needs --username")
	case passwordStdin:
		user = given
		password, err = readPassword(t.Stdin)
	case !interactive:
		return "", "", usage.Errorf("standard input is not a terminal: use --username and --password-stdin")
	default:
		user, password, err = t.ask(ctx, host, given)
	}
	switch {
	case err != nil:
		return "", "", err
	case user == "":
		return "", "", usage.Errorf("the user name is empty")
	case strings.Contains(user, ":"):
		return "", "", usage.Errorf("a user name cannot contain a colon")
	case password == "":
		return "", "", usage.Errorf("the password is empty")
	}
	return user, password, nil
}

// readPassword reads a whole stream, without the line break at its end.
func readPassword(r io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPassword+1))
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if len(raw) > maxPassword {
		return "", usage.Errorf("the password on standard input has more than %d bytes", maxPassword)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r"), nil
}

// ask asks on the terminal for what is missing, with echo off for the password. It
// restores the terminal when ctx ends.
func (t *Terminal) ask(ctx context.Context, host, given string) (user, password string, err error) {
	tty := t.keyboard
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", "", fmt.Errorf("asking on the terminal: %w", err)
	}
	type answer struct {
		user, password string
		err            error
	}
	answered := make(chan answer, 1)
	go func() { // without an answer it ends with the process
		a := answer{user: given}
		if a.user == "" {
			fmt.Fprintf(t.Stderr, "Username for %s: ", host)
			a.user, a.err = readLine(tty)
		}
		if a.err == nil {
			fmt.Fprintf(t.Stderr, "Password for %s at %s: ", text.Clean(a.user), host)
			var secret []byte
			secret, a.err = term.ReadPassword(fd)
			a.password = string(secret)
			fmt.Fprintln(t.Stderr)
		}
		answered <- a
	}()
	select {
	case a := <-answered:
		if a.err != nil {
			return "", "", fmt.Errorf("asking on the terminal: %w", a.err)
		}
		return a.user, a.password, nil
	case <-ctx.Done():
		fmt.Fprintln(t.Stderr)
		return "", "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

// readLine reads a line and not a byte more: the password follows.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	for b := make([]byte, 1); line.Len() < maxPassword; {
		n, err := r.Read(b)
		if n == 1 && b[0] == '\n' {
			return strings.TrimSpace(line.String()), nil
		}
		if err != nil {
			return "", err
		}
		line.Write(b[:n])
	}
	return "", errors.New("line too long")
}
