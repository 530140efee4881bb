package parity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/slimify/slimify/internal/python/parity"
)

func TestAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		out  parity.Outcome
		want parity.Verdict
	}{
		{"works", parity.Outcome{State: parity.OK}, parity.Passed},
		{"lost library", parity.Outcome{State: parity.Exit, Status: 1, Missing: "library"}, parity.Failed},
		{"lost module", parity.Outcome{State: parity.Exit, Status: 1, Missing: "module", Own: true}, parity.Failed},
		{"module that nobody installed", parity.Outcome{State: parity.Exit, Status: 1, Missing: "module"}, parity.Unclear},
		{"wants a setting", parity.Outcome{State: parity.Exit, Status: 1}, parity.Unclear},
		{"crash", parity.Outcome{State: parity.Signal, Status: 11}, parity.Failed},
		{"slow", parity.Outcome{State: parity.Timeout}, parity.Unclear},
		{"script without --help", script(parity.Exit, 2, ""), parity.Passed},
		{"script that is not there", script(parity.Absent, 0, ""), parity.Failed},
		{"script without its library", script(parity.Exit, 127, "library"), parity.Failed},
		{"script without a module of nobody's", script(parity.Exit, 1, "module"), parity.Unclear},
		{"server", script(parity.Timeout, 0, ""), parity.Unclear},
	} {
		if got, _ := parity.Alone(c.out); got != c.want {
			t.Errorf("%s: verdict %v, want %v", c.name, got, c.want)
		}
	}
}

func script(state string, status int, missing string) parity.Outcome {
	return parity.Outcome{Item: parity.Item{Kind: parity.Script}, State: state, Status: status, Missing: missing}
}

func module(state string, missing string) parity.Outcome {
	return parity.Outcome{Item: parity.Item{Kind: parity.Import}, State: state, Missing: missing}
}

func TestAgainst(t *testing.T) {
	t.Parallel()
	const unasked = parity.Verdict(-1)
	for _, c := range []struct {
		name      string
		fat, slim parity.Outcome
		want      parity.Verdict
	}{
		{"both work", module(parity.OK, ""), module(parity.OK, ""), parity.Passed},
		{"lost", module(parity.OK, ""), module(parity.Exit, "module"), parity.Failed},
		{"slow", module(parity.OK, ""), module(parity.Timeout, ""), parity.Failed},
		{"import that fails there", module(parity.Exit, ""), parity.Outcome{}, unasked},
		{"import that lacks a library there", module(parity.Exit, "library"), parity.Outcome{}, unasked},
		{"script that is not there in either", script(parity.Absent, 0, ""), parity.Outcome{}, unasked},
		{"script that lacks a module there", script(parity.Exit, 1, "module"), parity.Outcome{}, unasked},
		{"script that crashes there", script(parity.Signal, 11, ""), parity.Outcome{}, unasked},
		{"one status", script(parity.Exit, 2, ""), script(parity.Exit, 2, ""), parity.Passed},
		{"better", script(parity.Exit, 2, ""), script(parity.OK, 0, ""), parity.Passed},
		{"other status", script(parity.Exit, 2, ""), script(parity.Exit, 1, ""), parity.Failed},
		{"one status for another reason", script(parity.Exit, 1, ""), script(parity.Exit, 1, "module"), parity.Failed},
		{"script lost", script(parity.OK, 0, ""), script(parity.Absent, 0, ""), parity.Failed},
		{"server in both", script(parity.Timeout, 0, ""), script(parity.Timeout, 0, ""), parity.Unclear},
		{"server that ends", script(parity.Timeout, 0, ""), script(parity.Exit, 1, ""), parity.Unclear},
		{"server without its library", script(parity.Timeout, 0, ""), script(parity.Exit, 1, "library"), parity.Failed},
		{"server that is not there", script(parity.Timeout, 0, ""), script(parity.Absent, 0, ""), parity.Failed},
	} {
		got := unasked
		if _, ok := parity.Demands(c.fat); ok {
			got, _ = parity.Against(c.fat, c.slim)
		}
		if got != c.want {
			t.Errorf("%s: verdict %v, want %v", c.name, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	const line = `{"kind": "import", "name": "flask", "state": "ok", "status": 0, "detail": "", "own": false}` + "\n"
	for _, c := range []struct {
		name, said string
		items      int
		fails      bool
	}{
		{"all", line + line + `{"done": 2}` + "\n", 2, false},
		{"nothing to do", `{"done": 0}`, 0, false},
		{"nothing", "", 0, true},
		{"cut", line, 0, true},
		{"lines are lost", line + `{"done": 2}`, 0, true},
		{"something else", "Hello\n", 0, true},
		{"endless line", strings.Repeat("x", 2<<20), 0, true},
	} {
		out, err := parity.Parse(strings.NewReader(c.said))
		if (err != nil) != c.fails || len(out) != c.items {
			t.Errorf("%s: %d items, error %v", c.name, len(out), err)
		}
	}
	if _, err := parity.Parse(strings.NewReader(line)); !errors.Is(err, parity.ErrCut) {
		t.Errorf("error is %v", err)
	}
}
