package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/selection"
)

// maxPairLine bounds a line of a list, in bytes.
const maxPairLine = 1 << 20

// pair is one line of a list.
type pair struct {
	line     int
	src, dst reference.Ref
	opts     assemble.RefOptions
}

// pairLine is a pair as JSON. What it has replaces what the command's flags say.
type pairLine struct {
	Source    string    `json:"source"`
	Result    string    `json:"result"`
	Base      *string   `json:"base"`
	Keep      *[]string `json:"keep"`
	Drop      *[]string `json:"drop"`
	Platforms *[]string `json:"platforms"`
	Minimal   *bool     `json:"minimal"`
	Accept    *[]string `json:"accept"`
	Tags      *[]string `json:"tags"`
}

// readPairs reads a list: "FAT SLIM" or a JSON object on each line. Blank lines and
// those that begin with # are skipped. All faulty lines are told at once.
func readPairs(r io.Reader, common assemble.RefOptions) ([]pair, error) {
	var pairs []pair
	var errs []error
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxPairLine)
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(lines.Text())
		if n == 1 {
			text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) // editors on Windows put it there
		}
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		p, err := parsePair(text, common)
		if err != nil {
			errs = append(errs, usagef("line %d: %w", n, err))
			continue
		}
		p.line = n
		pairs = append(pairs, p)
	}
	if err := lines.Err(); err != nil {
		return nil, usagef("line %d: %w", n+1, err)
	}
	return pairs, errors.Join(errs...)
}

func parsePair(text string, common assemble.RefOptions) (pair, error) {
	var l pairLine
	if strings.HasPrefix(text, "{") {
		dec := json.NewDecoder(bytes.NewReader([]byte(text)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&l); err != nil {
			return pair{}, inJSON(err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return pair{}, errors.New("something follows the object")
		}
		if l.Source == "" || l.Result == "" {
			return pair{}, errors.New("source and result are both needed")
		}
	} else {
		words := strings.Fields(text)
		if len(words) != 2 {
			return pair{}, fmt.Errorf("it has %s; write FAT SLIM, or a JSON object", count(len(words), "word"))
		}
		l.Source, l.Result = words[0], words[1]
	}
	return l.pair(common)
}

// inJSON is an error of decoding in the list's own words.
func inJSON(err error) error {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return err
	}
	want := "a text"
	switch kind.Type.Kind() {
	case reflect.Slice:
		want = "a list, such as [\"a\", \"b\"]"
	case reflect.Bool:
		want = "true or false"
	}
	return fmt.Errorf("%s: expected %s, found a JSON %s", kind.Field, want, kind.Value)
}

// pair turns the line into references and options.
func (l *pairLine) pair(common assemble.RefOptions) (p pair, err error) {
	p.opts = common
	if p.src, err = reference.Parse(l.Source); err != nil {
		return p, err
	}
	if p.dst, err = reference.Parse(l.Result); err != nil {
		return p, err
	}
	if l.Base != nil {
		if p.opts.Base, err = reference.Parse(*l.Base); err != nil {
			return p, err
		}
	}
	if p.src.Stdin() || p.opts.Base.Stdin() {
		return p, errors.New("an image of a list cannot be standard input; name a file")
	}
	if l.Minimal != nil {
		p.opts.Select.Minimal = *l.Minimal
	}
	if l.Accept != nil {
		p.opts.Select.Accept = *l.Accept
	}
	return p, errors.Join(
		replace(&p.opts.Select.Keep, l.Keep, selection.ParsePattern),
		replace(&p.opts.Select.Drop, l.Drop, selection.ParsePattern),
		replace(&p.opts.Tags, l.Tags, reference.Parse),
		replace(&p.opts.Platforms, l.Platforms, func(s string) (v1.Platform, error) {
			platform, err := v1.ParsePlatform(s)
			if err != nil {
				return v1.Platform{}, fmt.Errorf("platform %s: %w", s, err)
			}
			return *platform, nil
		}),
	)
}

// replace parses what the line has, if it has it.
func replace[T any](to *[]T, from *[]string, parse func(string) (T, error)) error {
	if from == nil {
		return nil
	}
	out := make([]T, 0, len(*from))
	for _, s := range *from {
		v, err := parse(s)
		if err != nil {
			return err
		}
		out = append(out, v)
	}
	*to = out
	return nil
}

// checkApart refuses pairs whose outcome would hang on their order: two that write
// to one place, and one that reads what another writes.
func checkApart(pairs []pair) error {
	var errs []error
	writes := make(map[string]pair)
	for _, p := range pairs {
		for _, dst := range append([]reference.Ref{p.dst}, p.opts.Tags...) {
			if other, taken := writes[target(dst)]; taken {
				errs = append(errs, usagef("line %d: %s is written by line %d too", p.line, dst, other.line))
				continue
			}
			writes[target(dst)] = p
		}
	}
	for _, p := range pairs {
		if other, taken := writes[target(p.src)]; taken && other.line != p.line {
			errs = append(errs, usagef("line %d: %s is written by line %d; put the two in different lists", p.line, p.src, other.line))
		}
	}
	return errors.Join(errs...)
}

// target names what a reference leads to, however it is spelt. A file is one place,
// whatever it holds; a layout has one for each tag.
func target(ref reference.Ref) string {
	if name := ref.Name(); name != nil {
		return name.Name()
	}
	path, err := filepath.Abs(ref.Path())
	if err != nil {
		path = filepath.Clean(ref.Path())
	}
	if ref.Transport() == reference.OCI {
		return path + "\x00" + ref.Tag() + ref.Digest()
	}
	return path
}
