package configfile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Value is a YAML value with its position. An alias has the value of its anchor and its
// own position.
type Value struct {
	node *yaml.Node
	path string
}

// At is the position at which the value starts.
func (v Value) At() Position { return Position{v.path, v.node.Line, v.node.Column} }

// target is the node of the value, which for an alias is its anchor's. Aliases are
// resolved nowhere else, so that they cannot multiply.
func (v Value) target() *yaml.Node {
	if v.node.Kind == yaml.AliasNode {
		return v.node.Alias
	}
	return v.node
}

// kind names the type of the value in messages.
func (v Value) kind() string {
	n := v.target()
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a map"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool", "!!int", "!!float":
		return n.Value
	}
	return strconv.Quote(n.Value)
}

// errorf formats an error at the value.
func (v Value) errorf(key, format string, args ...any) *Error {
	return &Error{At: v.At(), Key: key, Text: fmt.Sprintf(format, args...)}
}

// expected is the error of a value of another type.
func (v Value) expected(what string) *Error {
	return v.errorf("", "expected %s, found %s", what, v.kind())
}

// scalar returns the text of a scalar that has one of the tags.
func (v Value) scalar(tags ...string) (string, bool) {
	n := v.target()
	if n.Kind != yaml.ScalarNode {
		return "", false
	}
	for _, tag := range tags {
		if n.ShortTag() == tag {
			return n.Value, true
		}
	}
	return "", false
}

// Text returns a string, or a number as it was written. It is printable: it may be shown
// on a terminal.
func (v Value) Text() (string, error) {
	s, ok := v.scalar("!!str", "!!int", "!!float", "!!timestamp")
	switch {
	case !ok:
		return "", v.expected("a string")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", v.expected("a string of printable characters")
	}
	return s, nil
}

// Bool returns a boolean.
func (v Value) Bool() (bool, error) {
	if s, ok := v.scalar("!!bool"); ok {
		if b, err := strconv.ParseBool(s); err == nil {
			return b, nil
		}
	}
	return false, v.expected("true or false")
}

// Int returns an integer.
func (v Value) Int() (int, error) {
	if s, ok := v.scalar("!!int"); ok {
		if n, err := strconv.Atoi(s); err == nil {
			return n, nil
		}
	}
	return 0, v.expected("an integer")
}

// List returns the items of a list.
func (v Value) List() ([]Value, error) {
	n := v.target()
	if n.Kind != yaml.SequenceNode {
		return nil, v.expected("a list, such as [a, b]")
	}
	out := make([]Value, len(n.Content))
	for i, c := range n.Content {
		out[i] = Value{c, v.path}
	}
	return out, nil
}

// Map returns the pairs of a map of strings, in the order of the file.
func (v Value) Map() ([][2]string, error) {
	var out [][2]string
	var invalid error
	seen := make(map[string]bool)
	err := v.pairs(func(key, value Value) {
		k, kerr := key.Text()
		t, verr := value.Text()
		switch {
		case invalid != nil:
		case kerr != nil:
			invalid = kerr
		case verr != nil:
			invalid = verr
		case seen[k]:
			invalid = key.errorf("", "duplicate key %s", k)
		default:
			seen[k] = true
			out = append(out, [2]string{k, t})
		}
	})
	if err == nil {
		err = invalid
	}
	return out, err
}

// pairs calls f for each key of a map.
func (v Value) pairs(f func(key, value Value)) error {
	n := v.target()
	if n.Kind != yaml.MappingNode {
		return v.expected("a map, such as {a: b}")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(Value{n.Content[i], v.path}, Value{n.Content[i+1], v.path})
	}
	return nil
}
