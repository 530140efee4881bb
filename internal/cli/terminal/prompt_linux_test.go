package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pseudoTerminal returns the end of the program and the end of the user.
func pseudoTerminal(t *testing.T) (program, person *os.File) {
	t.Helper()
	// Non-blocking, so that reads end when the file is closed.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	person = os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { _ = person.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return program, person
}

// echoes reports whether echo is on.
func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// waitSilent waits until echo is off.
func waitSilent(t *testing.T, tty *os.File) {
	t.Helper()
	for range 1000 {
		if !echoes(t, tty) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("echo stays on")
}

type credentialsResult struct {
	user, password string
	err            error
}

// asked asks for credentials in the background.
func asked(ctx context.Context, user string, tty *os.File, stderr io.Writer) <-chan credentialsResult {
	out := make(chan credentialsResult, 1)
	go func() {
		var r credentialsResult
		at := &Terminal{Stdin: tty, keyboard: tty, Stderr: stderr}
		r.user, r.password, r.err = at.Credentials(ctx, "r.example", user, false)
		out <- r
	}()
	return out
}

// A password is not shown, and the terminal is restored afterwards.
func TestPrompt(t *testing.T) {
	t.Parallel()
	tty, person := pseudoTerminal(t)
	var stderr bytes.Buffer
	answer := asked(t.Context(), "", tty, &stderr)
	if _, err := person.WriteString("user\n"); err != nil {
		t.Fatal(err)
	}
	waitSilent(t, tty)
	if _, err := person.WriteString("hunter2\n"); err != nil {
		t.Fatal(err)
	}
	if r := <-answer; r.user != "user" || r.password != "hunter2" || r.err != nil {
		t.Errorf("got %+v", r)
	}
	if !echoes(t, tty) {
		t.Error("echo stays off")
	}
	shown := make([]byte, 1024)
	n, err := person.Read(shown)
	if err != nil || !bytes.Contains(shown[:n], []byte("user")) || bytes.Contains(shown[:n], []byte("hunter2")) {
		t.Errorf("the terminal shows %q, %v", shown[:n], err)
	}
	if !strings.Contains(stderr.String(), "Username for r.example: ") || !strings.Contains(stderr.String(), "Password for user at r.example: ") {
		t.Errorf("asked %q", stderr.String())
	}
}

// An interrupt during a prompt restores the terminal.
func TestPromptInterrupted(t *testing.T) {
	t.Parallel()
	tty, person := pseudoTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := asked(ctx, "user", tty, io.Discard)
	waitSilent(t, tty)
	cancel()
	if r := <-answer; !errors.Is(r.err, context.Canceled) {
		t.Errorf("got %+v", r)
	}
	if !echoes(t, tty) {
		t.Error("echo stays off")
	}
	// This ends the reader that is left behind.
	if _, err := person.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
}
