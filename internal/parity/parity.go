// Package parity tells whether what an image has installed works: its
// distributions can be imported and its console scripts start. The trying is done
// by a Python program, which runs inside the image; this package holds it, speaks
// with it and judges what it says. It runs nothing itself.
package parity

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Program is the Python program. It reads what [Request] gives and writes what
// [Parse] reads.
//
//go:embed check.py
var Program string

// The kinds of items.
const (
	Import = "import"
	Script = "script"
)

// Item is something that is tried.
type Item struct {
	Kind         string `json:"kind"`
	Distribution string `json:"distribution"`
	Name         string `json:"name"` // of the module or the script
	Path         string `json:"path"` // of the script, absolute
	// Metadata is the path of the distribution's metadata, absolute.
	Metadata string `json:"metadata"`
	// Patient says that a script which fails or does not end gets a second chance.
	Patient bool `json:"patient"`
}

// The states in which a trial ends.
const (
	OK      = "ok"      // status 0
	Exit    = "exit"    // another status
	Signal  = "signal"  // killed by one
	Timeout = "timeout" // it did not end
	Absent  = "absent"  // it could not be started
)

// Outcome is an item with what came of it.
type Outcome struct {
	Item
	State  string `json:"state"`
	Status int    `json:"status"` // the exit status, or the signal's number
	// Missing is "library" or "module" where the output tells that one was not
	// found; Own is set if that module belongs to something the image has.
	Missing string `json:"missing"`
	Module  string `json:"module"`
	Own     bool   `json:"own"`
	// Detail is a line that says why.
	Detail string `json:"detail"`
}

// reason is what a person is told of an outcome.
func (o Outcome) reason() string {
	switch {
	case o.State == Exit && o.Detail != "":
		return fmt.Sprintf("exit status %d: %s", o.Status, o.Detail)
	case o.State == Exit:
		return fmt.Sprintf("exit status %d", o.Status)
	case o.State == Signal:
		return fmt.Sprintf("killed by signal %d", o.Status)
	}
	return o.Detail
}

// Request is the program's standard input: what to try, nil for all that it
// finds.
func Request(items []Item) ([]byte, error) {
	return json.Marshal(struct {
		Items []Item `json:"items"`
	}{items})
}

// ErrCut is returned for an output whose end is missing: the program did not do
// its work.
var ErrCut = errors.New("the check did not come to its end")

// maxLine is the longest line that is read. Lines are short unless somebody else
// wrote them.
const maxLine = 1 << 20

// Parse reads the program's output.
func Parse(r io.Reader) ([]Outcome, error) {
	var out []Outcome
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		var line struct {
			Outcome
			Done *int `json:"done"`
		}
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("reading the check's output: %w", err)
		}
		if line.Done != nil {
			if *line.Done != len(out) {
				return nil, fmt.Errorf("%w: %d of %d items", ErrCut, len(out), *line.Done)
			}
			return out, nil
		}
		out = append(out, line.Outcome)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("reading the check's output: %w", err)
	}
	return nil, ErrCut
}
