package configfile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Value is a value of YAML with its place. An alias is what it stands for, at
// its own place.
type Value struct {
	node *yaml.Node
	path string
}

// At is where the value begins.
func (v Value) At() Place { return Place{v.path, v.node.Line, v.node.Column} }

// target is the node that counts: an alias's own. Anchors are unfolded nowhere
// else, so that none can multiply.
func (v Value) target() *yaml.Node {
	if v.node.Kind == yaml.AliasNode {
		return v.node.Alias
	}
	return v.node
}

// kind names what the value is, for people.
func (v Value) kind() string {
	n := v.target()
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "keys with values"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool", "!!int", "!!float":
		return n.Value
	}
	return strconv.Quote(n.Value)
}

// errorf is a fault of the value.
func (v Value) errorf(key, format string, args ...any) *Error {
	return &Error{At: v.At(), Key: key, Text: fmt.Sprintf(format, args...)}
}

// expected is the fault of a value that is something else.
func (v Value) expected(what string) *Error {
	return v.errorf("", "expected %s, found %s", what, v.kind())
}

// scalar returns the text of a scalar with one of some tags.
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

// Text is a text, or a number as it was written. It is printable: what it holds may
// come to a terminal.
func (v Value) Text() (string, error) {
	s, ok := v.scalar("!!str", "!!int", "!!float", "!!timestamp")
	switch {
	case !ok:
		return "", v.expected("a text")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", v.expected("a text in printable characters")
	}
	return s, nil
}

// Bool is true or false.
func (v Value) Bool() (bool, error) {
	if s, ok := v.scalar("!!bool"); ok {
		if b, err := strconv.ParseBool(s); err == nil {
			return b, nil
		}
	}
	return false, v.expected("true or false")
}

// Int is a whole number.
func (v Value) Int() (int, error) {
	if s, ok := v.scalar("!!int"); ok {
		if n, err := strconv.Atoi(s); err == nil {
			return n, nil
		}
	}
	return 0, v.expected("a whole number")
}

// List is a list.
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

// Map is a map of texts, in the order of the file.
func (v Value) Map() ([][2]string, error) {
	var out [][2]string
	var fault error
	seen := make(map[string]bool)
	err := v.pairs(func(key, value Value) {
		k, kerr := key.Text()
		t, verr := value.Text()
		switch {
		case fault != nil:
		case kerr != nil:
			fault = kerr
		case verr != nil:
			fault = verr
		case seen[k]:
			fault = key.errorf("", "%s stands there twice", k)
		default:
			seen[k] = true
			out = append(out, [2]string{k, t})
		}
	})
	if err == nil {
		err = fault
	}
	return out, err
}

// pairs calls f for each key of a map.
func (v Value) pairs(f func(key, value Value)) error {
	n := v.target()
	if n.Kind != yaml.MappingNode {
		return v.expected("keys with values, such as {a: b}")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(Value{n.Content[i], v.path}, Value{n.Content[i+1], v.path})
	}
	return nil
}
