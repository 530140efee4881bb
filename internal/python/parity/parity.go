// Package parity checks that an image's installed distributions can be imported
// and its console scripts start. A Python program runs the checks inside the
// image; this package embeds it, encodes its input, parses its output and judges
// the outcomes. It runs nothing itself.
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

// Item is a module to import or a script to start.
type Item struct {
	Kind         string `json:"kind"`
	Distribution string `json:"distribution"`
	Name         string `json:"name"` // of the module or the script
	Path         string `json:"path"` // of the script, absolute
	// Metadata is the path of the distribution's metadata, absolute.
	Metadata string `json:"metadata"`
	// Retry is set for a script that is started a second time if it fails or
	// does not end.
	Retry bool `json:"retry"`
}

// The states of an outcome.
const (
	OK      = "ok"      // status 0
	Exit    = "exit"    // another status
	Signal  = "signal"  // killed by one
	Timeout = "timeout" // still running at the time limit
	Absent  = "absent"  // it could not be started
)

// Outcome is an item with its result.
type Outcome struct {
	Item
	State  string `json:"state"`
	Status int    `json:"status"` // the exit status, or the signal's number
	// Missing is "library" or "module" if the output reports that one was not
	// found. Own is set if an installed distribution has that module.
	Missing string `json:"missing"`
	Module  string `json:"module"`
	Own     bool   `json:"own"`
	// Detail is a line with the cause.
	Detail string `json:"detail"`
}

// reason describes an outcome for messages.
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

// Request encodes the program's standard input: the items to check, or nil for
// all that it finds.
func Request(items []Item) ([]byte, error) {
	return json.Marshal(struct {
		Items []Item `json:"items"`
	}{items})
}

// ErrCut is returned for truncated output: the program did not finish.
var ErrCut = errors.New("the check did not finish")

// maxLine is the longest line that is read. The program's own lines are short.
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
