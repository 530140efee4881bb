package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/config"
)

// kind is what a flag's value is in YAML and JSON.
type kind string

const (
	kindText   kind = "string"
	kindBool   kind = "boolean"
	kindNumber kind = "integer"
	kindList   kind = "array"
	kindMap    kind = "object"
)

// kindOf tells what a flag's value is.
func kindOf(f *pflag.Flag) kind {
	if _, ok := f.Value.(pflag.SliceValue); ok {
		return kindList
	}
	switch f.Value.Type() {
	case "bool":
		return kindBool
	case "int":
		return kindNumber
	case "stringToString":
		return kindMap
	}
	return kindText
}

// placed is a text as a flag takes it, with the place where it stands.
type placed struct {
	text string
	at   config.Place
}

// valuesOf reads the value of an entry that must be of a kind.
func valuesOf(e config.Entry, k kind) ([]placed, error) {
	values, err := texts(e.Value, k)
	if fault, ok := err.(*config.Error); ok { //nolint:errorlint // it is wrapped nowhere
		fault.Key = e.Key
	}
	return values, err
}

func texts(v config.Value, k kind) (out []placed, err error) {
	text := ""
	switch k {
	case kindBool:
		var b bool
		b, err = v.Bool()
		text = strconv.FormatBool(b)
	case kindNumber:
		var n int
		n, err = v.Int()
		text = strconv.Itoa(n)
	case kindList:
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
	case kindMap:
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

// listValue is a repeatable flag whose values are parsed.
type listValue[T fmt.Stringer] struct {
	to    *[]T
	parse func(string) (T, error)
	what  string // a word for one of them
}

var _ pflag.SliceValue = listValue[selection.Pattern]{}

func (v listValue[T]) Append(s string) error {
	value, err := v.parse(s)
	if err == nil {
		*v.to = append(*v.to, value)
	}
	return err
}

func (v listValue[T]) Replace(list []string) error {
	*v.to = nil
	for _, s := range list {
		if err := v.Append(s); err != nil {
			return err
		}
	}
	return nil
}

func (v listValue[T]) GetSlice() []string {
	out := []string{}
	if v.to != nil {
		for _, value := range *v.to {
			out = append(out, value.String())
		}
	}
	return out
}

func (v listValue[T]) Set(s string) error { return v.Append(s) }
func (v listValue[T]) Type() string       { return v.what }
func (v listValue[T]) String() string     { return strings.Join(v.GetSlice(), " ") }
