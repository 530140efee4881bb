package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/cli/configfile"
)

// Kind is the type of a flag's value in YAML and JSON.
type Kind string

// The kinds, by the names of JSON Schema.
const (
	KindText   Kind = "string"
	KindBool   Kind = "boolean"
	KindNumber Kind = "integer"
	KindList   Kind = "array"
	KindMap    Kind = "object"
)

// KindOf is the kind of a flag's value.
func KindOf(f *pflag.Flag) Kind {
	if _, ok := f.Value.(pflag.SliceValue); ok {
		return KindList
	}
	switch f.Value.Type() {
	case "bool":
		return KindBool
	case "int":
		return KindNumber
	case "stringToString":
		return KindMap
	}
	return KindText
}

// located is a value as a flag takes it, with its position.
type located struct {
	text string
	at   configfile.Position
}

// valuesOf reads the value of an entry, which must be of a kind.
func valuesOf(e configfile.Entry, k Kind) ([]located, error) {
	values, err := texts(e.Value, k)
	if invalid, ok := err.(*configfile.Error); ok { //nolint:errorlint // nothing wraps it
		invalid.Key = e.Key
	}
	return values, err
}

// texts reads a value that must be of a kind.
func texts(v configfile.Value, k Kind) (out []located, err error) {
	text := ""
	switch k {
	case KindBool:
		var b bool
		b, err = v.Bool()
		text = strconv.FormatBool(b)
	case KindNumber:
		var n int
		n, err = v.Int()
		text = strconv.Itoa(n)
	case KindList:
		list, err := v.List()
		if err != nil {
			return nil, err
		}
		for _, item := range list {
			text, err := item.Text()
			if err != nil {
				return nil, err
			}
			out = append(out, located{text, item.At()})
		}
		return out, nil
	case KindMap:
		pairs, err := v.Map()
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			out = append(out, located{p[0] + "=" + p[1], v.At()})
		}
		return out, nil
	default:
		text, err = v.Text()
	}
	return []located{{text, v.At()}}, err
}

// ListValue is a repeatable flag that parses its values.
type ListValue[T fmt.Stringer] struct {
	To    *[]T
	Parse func(string) (T, error)
	What  string // the name of a value in messages
}

var _ pflag.SliceValue = ListValue[selection.Pattern]{}

// Append adds a value.
func (v ListValue[T]) Append(s string) error {
	value, err := v.Parse(s)
	if err == nil {
		*v.To = append(*v.To, value)
	}
	return err
}

// Replace sets all values.
func (v ListValue[T]) Replace(list []string) error {
	*v.To = nil
	for _, s := range list {
		if err := v.Append(s); err != nil {
			return err
		}
	}
	return nil
}

// GetSlice returns the values as text.
func (v ListValue[T]) GetSlice() []string {
	out := []string{}
	if v.To != nil {
		for _, value := range *v.To {
			out = append(out, value.String())
		}
	}
	return out
}

// Set adds a value.
func (v ListValue[T]) Set(s string) error { return v.Append(s) }

// Type is the name of a value.
func (v ListValue[T]) Type() string { return v.What }

// String is the values, separated by blanks.
func (v ListValue[T]) String() string { return strings.Join(v.GetSlice(), " ") }
