package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The names under which the helper is started: to become the first
// process of a sandbox, and to become another program with bounded memory.
const (
	initName  = "slimify-sandbox-init"
	limitName = "slimify-sandbox-limit"
)

var errNoHelper = errors.New("it needs a slimify program as its helper, and none was given")

// failed is the exit status when the other program could not be executed.
const failed = 125

// Main must be called first of all by a program that is an [Options.Helper]. It
// returns at once, unless the program was started to become part of a sandbox;
// then it never returns.
func Main() {
	switch os.Args[0] {
	case initName:
		report := os.NewFile(reportFD, "report")
		unix.CloseOnExec(reportFD)
		_, _ = io.WriteString(report, enter(os.NewFile(specFD, "spec")).Error())
		os.Exit(failed)
	case limitName:
		fmt.Fprintln(os.Stderr, execLimited(os.Args[1:]))
		os.Exit(failed)
	}
}

// execLimited limits this process's memory and executes a program: BYTES PATH
// ARGS….
func execLimited(args []string) error {
	if len(args) < 2 {
		return errors.New("no program to execute")
	}
	memory, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	if err := limitData(memory); err != nil {
		return fmt.Errorf("limiting memory: %w", err)
	}
	return fmt.Errorf("starting %s: %w", args[1], unix.Exec(args[1], args[1:], os.Environ()))
}

// limitData limits the writable private memory of this process and of those that
// it starts. It never raises the limit.
func limitData(bytes int64) error {
	if bytes <= 0 {
		return nil
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_DATA, &old); err != nil {
		return err
	}
	n := min(uint64(bytes), old.Max)
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: n, Max: n})
}
