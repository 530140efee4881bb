package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/slimify/slimify/internal/cli/text"
	"github.com/slimify/slimify/internal/cli/usage"
	"golang.org/x/term"
)

// maxPassword bounds what is read as a password, in bytes. Tokens have some thousands.
const maxPassword = 64 << 10

// Credentials gets a user and a password for a host: what given lacks it asks for, or
// reads the password from stdin.
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
		return "", "", usage.Errorf("standard input is no terminal: give the user with --username and the password with --password-stdin")
	default:
		user, password, err = t.ask(ctx, host, given)
	}
	switch {
	case err != nil:
		return "", "", err
	case user == "":
		return "", "", usage.Errorf("the user is empty")
	case strings.Contains(user, ":"):
		return "", "", usage.Errorf("a user cannot have a colon in it")
	case password == "":
		return "", "", usage.Errorf("the password is empty")
	}
	return user, password, nil
}

// readPassword reads all of a stream, without the end of its line.
func readPassword(r io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPassword+1))
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if len(raw) > maxPassword {
		return "", usage.Errorf("standard input is no password: it has more than %d bytes", maxPassword)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r"), nil
}

// ask asks on the terminal for what no flag gave, the password without an echo. When ctx
// ends the terminal is as it was before.
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
	go func() { // it ends with the process if nobody answers
		a := answer{user: given}
		if a.user == "" {
			fmt.Fprintf(t.Stderr, "user for %s: ", host)
			a.user, a.err = readLine(tty)
		}
		if a.err == nil {
			fmt.Fprintf(t.Stderr, "password for %s at %s: ", text.Clean(a.user), host)
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

// readLine reads a line and nothing after it: that is the password.
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
	return "", errors.New("the line does not end")
}
