package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// WriteJSON writes the report as [json.MarshalIndent] does, with two spaces for each level
// and a newline at the end. The lists of paths are most of it: they are written line by
// line, while that function would hold them three times.
func (rep *Report) WriteJSON(w io.Writer) error {
	short := *rep
	short.Platforms = slices.Clone(rep.Platforms)
	for i := range short.Platforms {
		for _, list := range short.Platforms[i].lists() {
			if len(*list) > 0 {
				*list = nil
			}
		}
	}
	text, err := json.MarshalIndent(short, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	out := bufio.NewWriter(w)
	met := make(map[string]int) // how often each list was found: platforms come in order
	for line := range bytes.Lines(append(text, '\n')) {
		// No text in JSON holds a newline, so that a line that looks like a list is one.
		name, end := listLine(line)
		if name == "" {
			if _, err := out.Write(line); err != nil {
				return err
			}
			continue
		}
		list := rep.Platforms[met[name]].lists()[name]
		met[name]++
		if err := writeList(out, name, *list, end); err != nil {
			return err
		}
	}
	return out.Flush()
}

// lists are a platform's lists of paths by their names in JSON.
func (v *Verdicts) lists() map[string]*[]Path {
	return map[string]*[]Path{"kept": &v.Kept, "added": &v.Added, "removed": &v.Removed}
}

// Indentation of a platform's members, and of what their lists hold.
const (
	memberIndent = "      "
	itemIndent   = memberIndent + "  "
)

// listLine returns the name of the list that begins in a line, and what follows its value;
// "" if none does.
func listLine(line []byte) (name, end string) {
	for name := range new(Verdicts).lists() {
		rest, ok := bytes.CutPrefix(line, []byte(memberIndent+`"`+name+`": `))
		if !ok {
			continue
		}
		for _, empty := range []string{"null", "[]"} {
			if end, ok := bytes.CutPrefix(rest, []byte(empty)); ok {
				return name, string(end)
			}
		}
	}
	return "", ""
}

func writeList(w *bufio.Writer, name string, list []Path, end string) error {
	value := "[]"
	if list == nil {
		value = "null"
	}
	if len(list) == 0 {
		_, err := fmt.Fprintf(w, "%s%q: %s%s", memberIndent, name, value, end)
		return err
	}
	fmt.Fprintf(w, "%s%q: [\n", memberIndent, name)
	for i, line := range list {
		item, err := json.MarshalIndent(line, itemIndent, "  ")
		if err != nil {
			return fmt.Errorf("encoding the report: %w", err)
		}
		comma := ","
		if i == len(list)-1 {
			comma = ""
		}
		if _, err := fmt.Fprintf(w, "%s%s%s\n", itemIndent, item, comma); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s]%s", memberIndent, end)
	return err
}
