package batch

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

	"github.com/dustin/go-humanize/english"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cli/usage"
)

// maxPairLine is the longest line of a list, in bytes.
const maxPairLine = 1 << 20

// Pair is a line of a list: an image to slim and where to write the result.
type Pair struct {
	Line                int
	Source, Destination reference.Ref
	Options             assemble.RefOptions
}

// pairLine is a pair as JSON. Its values replace those of the flags.
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

// Read reads a list: "FAT SLIM" or a JSON object on each line. Blank lines and those that
// start with # are skipped. The error names all invalid lines.
func Read(r io.Reader, common assemble.RefOptions) ([]Pair, error) {
	var pairs []Pair
	var errs []error
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxPairLine)
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(lines.Text())
		if n == 1 {
			text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) // written by editors on Windows
		}
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		p, err := parsePair(text, common)
		if err != nil {
			errs = append(errs, usage.Errorf("line %d: %w", n, err))
			continue
		}
		p.Line = n
		pairs = append(pairs, p)
	}
	if err := lines.Err(); err != nil {
		return nil, usage.Errorf("line %d: %w", n+1, err)
	}
	return pairs, errors.Join(errs...)
}

// parsePair reads a line.
func parsePair(text string, common assemble.RefOptions) (Pair, error) {
	var l pairLine
	if strings.HasPrefix(text, "{") {
		dec := json.NewDecoder(bytes.NewReader([]byte(text)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&l); err != nil {
			return Pair{}, jsonError(err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return Pair{}, errors.New("unexpected data after the object")
		}
		if l.Source == "" || l.Result == "" {
			return Pair{}, errors.New("source and result are required")
		}
	} else {
		words := strings.Fields(text)
		if len(words) != 2 {
			return Pair{}, fmt.Errorf("expected FAT SLIM or a JSON object, found %s", english.Plural(len(words), "word", ""))
		}
		l.Source, l.Result = words[0], words[1]
	}
	return l.pair(common)
}

// jsonError is an error of decoding in terms of JSON.
func jsonError(err error) error {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return err
	}
	want := "a string"
	switch kind.Type.Kind() {
	case reflect.Slice:
		want = "a list, such as [\"a\", \"b\"]"
	case reflect.Bool:
		want = "true or false"
	}
	return fmt.Errorf("%s: expected %s, found a JSON %s", kind.Field, want, kind.Value)
}

// pair turns the line into references and options.
func (l *pairLine) pair(common assemble.RefOptions) (p Pair, err error) {
	p.Options = common
	if p.Source, err = reference.Parse(l.Source); err != nil {
		return p, err
	}
	if p.Destination, err = reference.Parse(l.Result); err != nil {
		return p, err
	}
	if l.Base != nil {
		if p.Options.Base, err = reference.Parse(*l.Base); err != nil {
			return p, err
		}
	}
	if p.Source.Stdin() || p.Options.Base.Stdin() {
		return p, errors.New("an image in a list cannot be standard input; name a file")
	}
	if l.Minimal != nil {
		p.Options.Select.Minimal = *l.Minimal
	}
	if l.Accept != nil {
		p.Options.Select.Accept = *l.Accept
	}
	return p, errors.Join(
		replace(&p.Options.Select.Keep, l.Keep, selection.ParsePattern),
		replace(&p.Options.Select.Drop, l.Drop, selection.ParsePattern),
		replace(&p.Options.Tags, l.Tags, reference.Parse),
		replace(&p.Options.Platforms, l.Platforms, func(s string) (v1.Platform, error) {
			platform, err := v1.ParsePlatform(s)
			if err != nil {
				return v1.Platform{}, fmt.Errorf("platform %s: %w", s, err)
			}
			return *platform, nil
		}),
	)
}

// replace parses the values of a line, if it has any.
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

// CheckDistinct refuses pairs whose outcome depends on their order: two that write to the
// same place, and one that reads what another writes.
func CheckDistinct(pairs []Pair) error {
	var errs []error
	writes := make(map[string]Pair)
	for _, p := range pairs {
		for _, dst := range append([]reference.Ref{p.Destination}, p.Options.Tags...) {
			if other, taken := writes[target(dst)]; taken {
				errs = append(errs, usage.Errorf("line %d: line %[3]d writes to %[2]s too", p.Line, dst, other.Line))
				continue
			}
			writes[target(dst)] = p
		}
	}
	for _, p := range pairs {
		if other, taken := writes[target(p.Source)]; taken && other.Line != p.Line {
			errs = append(errs, usage.Errorf("line %d: line %[3]d writes to %[2]s; put the two in different lists", p.Line, p.Source, other.Line))
		}
	}
	return errors.Join(errs...)
}

// target is the place that a reference names, independent of its spelling. A file is one
// place; a layout has one for each tag.
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
