package settings

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"github.com/slimify/slimify/internal/cli/text"
)

// documentSchema names the format of Document. Changes only add fields.
const documentSchema = "slimify/config/v1"

// Document is what slimify config prints as JSON. Its schema is docs/config.schema.json.
type Document struct {
	Schema   string    `json:"schema"`
	File     *string   `json:"file"` // the configuration file; null if none was read
	Settings []Setting `json:"settings"`
}

// Setting is a flag with its value and the source of it.
type Setting struct {
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`       // "flag", "variable", "file" or "default"
	At     string `json:"at,omitempty"` // the variable, or FILE:LINE:COLUMN
}

// Document lists the flags of a command. implied has what a default stands for, where
// that is known only at run time.
func (s *Settings) Document(implied map[string]any) Document {
	doc := Document{Schema: documentSchema}
	if s.file != "" {
		doc.File = &s.file
	}
	s.flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		row := Setting{Name: f.Name, Value: s.valueOf(f), Origin: s.from[f.Name].Kind, At: s.from[f.Name].At}
		if row.Origin == "" {
			row.Origin = "default"
			if f.Name == configFlag {
				row.Value = s.file
			} else if v, ok := implied[f.Name]; ok {
				row.Value = v
			}
		}
		doc.Settings = append(doc.Settings, row)
	})
	return doc
}

// Print writes the settings as text, a line each.
func (doc Document) Print(w *bytes.Buffer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SETTING\tVALUE\tFROM")
	for _, s := range doc.Settings {
		value, from := "", s.Origin
		switch v := s.Value.(type) {
		case []string:
			value = strings.Join(v, " ")
		case map[string]string:
			var pairs []string
			for _, k := range slices.Sorted(maps.Keys(v)) {
				pairs = append(pairs, k+"="+v[k])
			}
			value = strings.Join(pairs, " ")
		case json.RawMessage:
			value = string(v)
		default:
			value = fmt.Sprint(v)
		}
		if s.At != "" {
			from = s.At
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", s.Name, cmp.Or(text.Clean(value), "-"), text.Clean(from))
	}
	text.Flush(tw)
}

// valueOf is a flag's value in JSON, without the credentials that may precede a host.
func (s *Settings) valueOf(f *pflag.Flag) any {
	switch KindOf(f) {
	case KindBool, KindNumber:
		return json.RawMessage(f.Value.String())
	case KindList:
		return append([]string{}, f.Value.(pflag.SliceValue).GetSlice()...)
	case KindMap:
		out := make(map[string]string)
		if given, err := s.flags.GetStringToString(f.Name); err == nil { // its kind says so
			for k, v := range given {
				out[k] = userInfo.ReplaceAllString(v, "$1***@")
			}
		}
		return out
	}
	return f.Value.String()
}

// userInfo is the part of a URL before the host.
var userInfo = regexp.MustCompile(`^([a-z]+://)?.*@`)
