package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/slimify/slimify/assemble/analyze"
)

// configSchema names the JSON form of what slimify config prints. It only ever
// gains fields.
const configSchema = "slimify/config/v1"

// inForce is what slimify config tells. The JSON Schema is in
// docs/config.schema.json.
type inForce struct {
	Schema   string    `json:"schema"`
	File     *string   `json:"file"` // of configuration; null if none was read
	Settings []setting `json:"settings"`
}

// setting is a flag with its value and where that comes from.
type setting struct {
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`       // "flag", "variable", "file" or "default"
	At     string `json:"at,omitempty"` // the variable, or FILE:LINE:COLUMN
}

func newConfig(t *terminal) *cobra.Command {
	var fl slimFlags
	var s *settings
	cmd := &cobra.Command{
		Use:   "config [flags]",
		Short: "Show what is in force and from where: flags, variables, configuration file",
		Long: `config takes the flags of slimify itself and shows what each would be, and where
that comes from: a flag, a SLIMIFY_* variable, the configuration file with its
line, or the default. Flags win over variables, and these over the file: the first
.slimify.yaml from the working directory upward, or what --config names.`,
		Example: `  slimify config
  slimify config --config ci/slimify.yaml --keep deb:git
  slimify config -o json`,
		Args: exactArgs(),
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err = configure(cmd)
			return err
		},
		RunE: func(*cobra.Command, []string) error { return s.explain(fl.show(t, s)) },
	}
	fl.define(cmd.Flags())
	return cmd
}

// show prints what is in force, if slimify would take it.
func (fl *slimFlags) show(t *terminal, s *settings) error {
	if err := fl.check(t); err != nil {
		return err
	}
	doc := inForce{Schema: configSchema}
	if s.file != "" {
		doc.File = &s.file
	}
	// What an empty value stands for.
	implied := map[string]any{
		configFlag: s.file, "base": analyze.DefaultBase, "cache-dir": fl.opts.CacheDir, "tmpdir": os.TempDir(), "jobs": runtime.GOMAXPROCS(0),
	}
	s.flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		row := setting{Name: f.Name, Value: valueOf(s, f), Origin: s.from[f.Name].Kind, At: s.from[f.Name].At}
		if row.Origin == "" {
			row.Origin = "default"
			if v, ok := implied[f.Name]; ok {
				row.Value = v
			}
		}
		doc.Settings = append(doc.Settings, row)
	})
	if fl.output == "json" {
		return t.printJSON(doc)
	}
	var text bytes.Buffer
	printInForce(&text, doc)
	return t.print(&text)
}

// printInForce prints a line for each setting.
func printInForce(w *bytes.Buffer, doc inForce) {
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
		fmt.Fprintf(tw, "%s\t%s\t%s\n", s.Name, cmp.Or(clean(value), "-"), clean(from))
	}
	flush(tw)
}

// valueOf is a flag's value as JSON has it, without what stands before a host: it may
// be a password.
func valueOf(s *settings, f *pflag.Flag) any {
	switch kindOf(f) {
	case kindBool, kindNumber:
		return json.RawMessage(f.Value.String())
	case kindList:
		return append([]string{}, f.Value.(pflag.SliceValue).GetSlice()...)
	case kindMap:
		out := make(map[string]string)
		if given, err := s.flags.GetStringToString(f.Name); err == nil { // it is of that type
			for k, v := range given {
				out[k] = userInfo.ReplaceAllString(v, "$1***@")
			}
		}
		return out
	}
	return f.Value.String()
}

// userInfo is what may stand before a host.
var userInfo = regexp.MustCompile(`^([a-z]+://)?.*@`)
