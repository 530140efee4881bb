package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/internal/cli/configfile"
)

// Kind is what a flag's value is in YAML and JSON.
type Kind string

const (
	KindText   Kind = "string"
	KindBool   Kind = "boolean"
	KindNumber Kind = "integer"
	KindList   Kind = "array"
	KindMap    Kind = "object"
)

// KindOf tells what a flag's value is.
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

// placed is a text as a flag takes it, with the place where it stands.
type placed struct {
	text string
	at   configfile.Place
}

// valuesOf reads the value of an entry that must be of a kind.
func valuesOf(e configfile.Entry, k Kind) ([]placed, error) {
	values, err := texts(e.Value, k)
	if fault, ok := err.(*configfile.Error); ok { //nolint:errorlint // it is wrapped nowhere
		fault.Key = e.Key
	}
	return values, err
}

func texts(v configfile.Value, k Kind) (out []placed, err error) {
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
			out = append(out, placed{text, item.At()})
		}
		return out, nil
	case KindMap:
		pairs, err := v.Map()
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			out = append(out, placed{p[0] + "=" + p[1], v.At()})
		}
		return out, nil
	default:
		text, err = v.Text()
	}
	return []placed{{text, v.At()}}, err
}

// ListValue is a repeatable flag whose values are parsed.
type ListValue[T fmt.Stringer] struct {
	To    *[]T
	Parse func(string) (T, error)
	What  string // a word for one of them
}

var _ pflag.SliceValue = ListValue[extract.Pattern]{}

func (v ListValue[T]) Append(s string) error {
	value, err := v.Parse(s)
	if err == nil {
		*v.To = append(*v.To, value)
	}
	return err
}

func (v ListValue[T]) Replace(list []string) error {
	*v.To = nil
	for _, s := range list {
		if err := v.Append(s); err != nil {
			return err
		}
	}
	return nil
}

func (v ListValue[T]) GetSlice() []string {
	out := []string{}
	if v.To != nil {
		for _, value := range *v.To {
			out = append(out, value.String())
		}
	}
	return out
}

func (v ListValue[T]) Set(s string) error { return v.Append(s) }
func (v ListValue[T]) Type() string       { return v.What }
func (v ListValue[T]) String() string     { return strings.Join(v.GetSlice(), " ") }
