package assemble_test

import (
	"errors"
	"testing"

	"github.com/slimify/slimify/assemble"
	"github.com/slimify/slimify/assemble/gate"
	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// A result that exceeds a limit has its report and is not written.
func TestGate(t *testing.T) {
	t.Parallel()
	h := lab(t)
	written, err := h.slim("app:fat", "app:written")
	if err != nil {
		t.Fatal(err)
	}
	gated := func(o *assemble.RefOptions) { o.Gates.MinSaving = 0.99 }
	attaching := func(o *assemble.RefOptions) {
		o.Attach, o.Documents = []report.Document{report.Provenance}, []report.Document{report.SPDX}
		o.Tags = []reference.Ref{h.ref("app:more")}
	}
	detailed := func(o *assemble.RefOptions) { o.Details = true }
	for _, c := range []struct {
		name, dst string
		change    []func(*assemble.RefOptions)
		upToDate  bool
		whole     bool
	}{
		{"new", "app:slim", nil, false, true},
		{"dry run", "app:slim", []func(*assemble.RefOptions){func(o *assemble.RefOptions) { o.DryRun = true }}, false, true},
		{"attached", "app:slim", []func(*assemble.RefOptions){attaching}, false, true},
		{"up to date", "app:written", nil, true, false},
		{"up to date in detail", "app:written", []func(*assemble.RefOptions){detailed}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.forget()
			rep, err := h.slim("app:fat", c.dst, append(c.change, gated)...)
			var gate *gate.Error
			if !errors.As(err, &gate) || rep == nil {
				t.Fatalf("report %v, error %v, want both", rep, err)
			}
			if sent := h.seen(`^(POST|PUT|PATCH|DELETE) .*(manifests|digest=)`); len(sent) > 0 {
				t.Errorf("written: %v", sent)
			}
			if rep.NotWritten != gate.Error() || len(rep.Pushed)+len(rep.Attached) > 0 {
				t.Errorf("not written %q, pushed %v, attached %v", rep.NotWritten, rep.Pushed, rep.Attached)
			}
			if rep.Result.Digest != written.Result.Digest || rep.UpToDate != c.upToDate || rep.Network.Requests == 0 {
				t.Errorf("result %v, up to date %v, %d requests", rep.Result, rep.UpToDate, rep.Network.Requests)
			}
			if p := rep.Platforms[0]; (p.Kept != nil) != c.whole || p.Documents != nil || p.Bytes.Compressed != written.Platforms[0].Bytes.Compressed {
				t.Errorf("the platform is reported as %+v", p)
			}
		})
	}
	if written.NotWritten != "" {
		t.Errorf("%q is said of what was written", written.NotWritten)
	}
}
