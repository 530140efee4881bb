package assemble_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/assemble/report"
)

// What is written line by line is what the standard library makes of the whole.
func TestWriteJSON(t *testing.T) {
	t.Parallel()
	h := lab(t)
	real, err := h.slim("app:fat", "slim:1")
	if err != nil {
		t.Fatal(err)
	}
	hostile := []report.Path{{Path: "/a\n      \"kept\": null,\n", Reason: `"added": [`}, {ID: "<x>&\u2028"}}
	for name, rep := range map[string]*report.Report{
		"of a run": real,
		"empty":    {},
		"platforms": {Platforms: []report.Platform{
			{Verdicts: report.Verdicts{Kept: hostile, Added: []report.Path{}}},
			{},
			{Platform: "      \"removed\": null", Verdicts: report.Verdicts{Added: hostile[:1], Removed: hostile}},
		}},
	} {
		want, err := json.MarshalIndent(rep, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := rep.WriteJSON(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want)+"\n", got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := real.WriteJSON(full{}); !errors.Is(err, errFull) {
		t.Errorf("on a full disk: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
