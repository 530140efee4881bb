package selection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// Rules of no image, each of its own kind.
var (
	keep       = &selection.Rule{Name: "--keep"}
	drop       = &selection.Rule{Name: "--drop"}
	claim      = &selection.Rule{Name: "claim", Verdict: selection.Kept, Part: selection.Application}
	claimToo   = &selection.Rule{Name: "claim-too", Verdict: selection.Kept, Part: selection.Dependencies}
	leave      = &selection.Rule{Name: "leave", Verdict: selection.Dropped, Part: selection.Dependencies}
	leaveToo   = &selection.Rule{Name: "leave-too", Verdict: selection.Dropped}
	final      = &selection.Rule{Name: "final", Verdict: selection.Dropped, Final: true}
	need       = &selection.Rule{Name: "need"}
	packaged   = &selection.Rule{Name: "package"}
	afterwards = &selection.Rule{Name: "afterwards"}
)

// said is what the user says of paths: "-" drops one, "+" keeps it.
func said(words ...string) selection.UserVerdict {
	return func(name string, _ *layers.Node) (selection.Verdict, selection.Reason) {
		switch {
		case slices.Contains(words, "-"+name):
			return selection.Dropped, selection.Reason{Rule: drop}
		case slices.Contains(words, "+"+name):
			return selection.Kept, selection.Reason{Rule: keep}
		}
		return selection.Undecided, selection.Reason{}
	}
}

// one is a selection of the file "f" about which the user says "+", "-" or nothing.
func one(word string) (*selection.Selection, *selection.Item) {
	t := lt.Tree(0, []lt.Entry{lt.File("f", "")})
	n, _ := t.Lookup("f")
	s := selection.NewSelection(t, said(word+"f"))
	return s, s.Item(n)
}

// decisions are all ways to decide about a path but the user's, by name. They
// report whether they decided, if they know.
var decisions = map[string]func(s *selection.Selection, it *selection.Item) (news, known bool){
	"claim":     claiming(claim),
	"claim-too": claiming(claimToo),
	"leave":     claiming(leave),
	"leave-too": claiming(leaveToo),
	"final":     claiming(final),
	"need": func(s *selection.Selection, it *selection.Item) (bool, bool) {
		return s.Need(it.Node, selection.Dependencies, selection.Reason{Rule: need}), true
	},
	"package": func(s *selection.Selection, it *selection.Item) (bool, bool) {
		return s.KeepPackaged(it.Node, selection.Reason{Rule: packaged}), true
	},
	"place": func(s *selection.Selection, it *selection.Item) (bool, bool) {
		s.Place(it.Node, "", selection.Reason{Rule: packaged})
		return false, false
	},
}

func claiming(r *selection.Rule) func(*selection.Selection, *selection.Item) (bool, bool) {
	return func(s *selection.Selection, it *selection.Item) (bool, bool) {
		s.Claim(it.Node, selection.Reason{Rule: r})
		return false, false
	}
}

// decide lets decisions, separated by spaces, be taken about the file "f". --keep and
// --drop come first, if at all.
func decide(names string) (*selection.Selection, *selection.Item) {
	words := strings.Fields(names)
	user := ""
	if len(words) > 0 && strings.HasPrefix(words[0], "--") {
		user = map[string]string{"--keep": "+", "--drop": "-"}[words[0]]
		words = words[1:]
	}
	s, it := one(user)
	for _, w := range words {
		decisions[w](s, it)
	}
	return s, it
}

func describe(it *selection.Item) string {
	if it.Reason.Rule == nil {
		return it.Verdict.String()
	}
	return fmt.Sprintf("%s %s (%s)", it.Verdict, it.Part, it.Reason.Rule)
}

// The order of strength: whose word stands after two decisions about one path.
func TestStrength(t *testing.T) {
	t.Parallel()
	const table = `
		first     | claim   claim-too leave   leave-too need    final   package place
		nothing   | claim   claim-too leave   leave-too need    final   package package
		claim     | claim   claim     claim   claim     claim   claim   claim   package
		leave     | leave   leave     leave   leave     need    leave   package package
		need      | need    need      need    need      need    need    need    package
		final     | final   final     final   final     final   final   package package
		package   | package package   package package   package package package package
		--drop    | --drop  --drop    --drop  --drop    --drop  --drop  --drop  --drop
		--keep    | claim   claim-too --keep  --keep    --keep  --keep  --keep  package
	`
	verdicts := map[string]string{
		"claim": "kept application", "claim-too": "kept dependencies", "need": "kept dependencies", "package": "kept system", "--keep": "kept system",
		"leave": "dropped dependencies", "leave-too": "dropped system", "final": "dropped system", "--drop": "dropped system",
	}
	rows := strings.Split(strings.TrimSpace(table), "\n")
	then := strings.Fields(rows[0])[2:]
	for _, row := range rows[1:] {
		fields := strings.Fields(row)
		first := strings.TrimPrefix(fields[0], "nothing")
		for i, want := range fields[2:] {
			s, it := decide(first)
			news, known := decisions[then[i]](s, it)
			if known && news != (want == then[i] && first != want) {
				t.Errorf("%s, then %s: news is %t", fields[0], then[i], news)
			}
			s.KeepRequested()
			if got, want := describe(it), fmt.Sprintf("%s (%s)", verdicts[want], want); got != want {
				t.Errorf("%s, then %s: %s, want %s", fields[0], then[i], got, want)
			}
		}
	}
}

// What the base turned out to have is not needed anew, by the same strength.
func TestEquallyStrong(t *testing.T) {
	t.Parallel()
	s, it := decide("need")
	s.MarkInBase(lt.Tree(0, []lt.Entry{lt.File("f", "")}))
	if s.Need(it.Node, selection.System, selection.Reason{Rule: afterwards}) || it.Verdict != selection.InBase || it.Reason.Rule != need {
		t.Errorf("%s", describe(it))
	}
}

// Until the rules have spoken, what the user keeps waits for the part that a rule
// gives it.
func TestKeepRequested(t *testing.T) {
	t.Parallel()
	tree := lt.Tree(0, []lt.Entry{lt.File("claimed", ""), lt.File("dropped", ""), lt.File("kept", ""), lt.File("left", ""), lt.File("unsaid", "")})
	s := selection.NewSelection(tree, said("+claimed", "+kept", "+late", "+left", "-dropped", "-late-too"))
	for _, c := range []struct {
		name string
		r    *selection.Rule
	}{{"claimed", claim}, {"left", leave}, {"unsaid", claim}} {
		n, _ := tree.Lookup(c.name)
		s.Claim(n, selection.Reason{Rule: c.r})
	}
	want := []string{
		"claimed: kept application (claim)", "dropped: dropped system (--drop)", "kept: undecided system (--keep)",
		"left: undecided system (--keep)", "unsaid: kept application (claim)",
	}
	if diff := cmp.Diff(want, paths(s)); diff != "" {
		t.Errorf("before: (-want +got)\n%s", diff)
	}
	s.KeepRequested()
	lt.Tree(0, []lt.Entry{lt.File("late", ""), lt.File("late-too", ""), lt.File("later", "")}).Walk(func(n *layers.Node) bool {
		if !n.Implied {
			s.Add(n)
		}
		return true
	})
	want[2], want[3] = "kept: kept system (--keep)", "left: kept system (--keep)"
	want = append(want, "late: kept system (--keep)", "late-too: dropped system (--drop)", "later: undecided")
	if diff := cmp.Diff(want, paths(s)); diff != "" {
		t.Errorf("after: (-want +got)\n%s", diff)
	}
}

// paths renders the items of a selection.
func paths(s *selection.Selection) []string {
	var out []string
	for _, it := range s.Items {
		out = append(out, it.Path+": "+describe(it))
	}
	return out
}

func TestClaim(t *testing.T) {
	t.Parallel()
	upper := lt.Tree(1, []lt.Entry{lt.File("srv/data", "")})
	s := selection.NewSelection(upper, nil)
	srv, _ := upper.Lookup("srv")
	s.Claim(srv, selection.Reason{Rule: claim}) // it has no header
	data, _ := upper.Lookup("srv/data")
	s.Claim(data, selection.Reason{Rule: claim})
	cold, _ := lt.Tree(0, []lt.Entry{lt.File("etc/cold", "")}).Lookup("etc/cold")
	s.Claim(cold, selection.Reason{Rule: claim}) // whatever the part of the rule
	if diff := cmp.Diff([]string{"srv/data: kept application (claim)", "etc/cold: kept system (claim)"}, paths(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What follows something else has the verdict of that, unless the user speaks of it.
func TestFollow(t *testing.T) {
	t.Parallel()
	kept, dropped := &selection.Rule{Name: "followed"}, &selection.Rule{Name: "left-too"}
	for _, c := range []struct {
		name   string
		it     string // decisions about what follows
		source string // and about its source; "none" if there is none
		want   string
		strong bool // the verdict cannot be reversed by need
	}{
		{"a kept source", "", "claim", "kept application (followed)", true},
		{"a kept source, against a rule", "leave", "claim", "kept application (followed)", true},
		{"a kept source, against a final rule", "final", "claim", "kept application (followed)", true},
		{"a needed source", "", "need", "kept dependencies (followed)", true},
		{"a source that a rule drops", "claim", "leave", "dropped dependencies (left-too)", false},
		{"a source that a final rule drops", "claim", "final", "dropped dependencies (left-too)", false},
		{"a source that the user drops", "claim", "--drop", "dropped system (left-too)", true},
		{"a source that the user keeps", "leave", "--keep", "kept system (followed)", true},
		{"a source in the base", "claim", "none", "dropped dependencies (left-too)", false},
		{"a packaged file whose source goes", "package", "leave", "dropped dependencies (left-too)", false},
		{"a placed file whose source goes", "place", "leave", "dropped dependencies (left-too)", false},
		{"what the user drops", "--drop", "claim", "dropped system (--drop)", true},
		{"what the user keeps", "--keep", "leave", "kept system (--keep)", true},
		{"what the user keeps, of a source that he drops", "--keep", "--drop", "kept system (--keep)", true},
	} {
		s, it := decide(c.it)
		s.KeepRequested()
		var source *selection.Item
		if c.source != "none" {
			var other *selection.Selection
			other, source = decide(c.source)
			other.KeepRequested()
		}
		s.Follow(it, source, selection.Reason{Rule: kept}, selection.Reason{Rule: dropped})
		if got := describe(it); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if news := s.Need(it.Node, selection.System, selection.Reason{Rule: afterwards}); news == c.strong {
			t.Errorf("%s: need reverses it: %t", c.name, news)
		}
		if got, want := s.DroppedByUser(it.Node), strings.HasPrefix(c.want, "dropped system"); got != want {
			t.Errorf("%s: dropped by the user: %t", c.name, got)
		}
	}
	// What follows a kept source is as strong as a claim: it can be abandoned.
	s, it := decide("package")
	_, source := decide("claim")
	s.Follow(it, source, selection.Reason{Rule: kept}, selection.Reason{Rule: dropped})
	s.Abandon(it, selection.Reason{Rule: afterwards})
	if got := describe(it); got != "dropped application (afterwards)" {
		t.Errorf("abandoned: %s", got)
	}
}

// Second thoughts reverse a rule's claim and nothing stronger.
func TestSecondThoughts(t *testing.T) {
	t.Parallel()
	const table = `
		decided  | reconsidered abandoned  reworded
		claim    | undecided    afterwards claim
		leave    | undecided    afterwards afterwards
		need     | need         need       need
		final    | final        final      final
		package  | package      package    package
		--drop   | --drop       --drop     --drop
		--keep   | --keep       --keep     --keep
	`
	thoughts := []struct {
		name  string
		think func(*selection.Selection, *selection.Item, selection.Reason)
	}{
		{"reconsidered", func(s *selection.Selection, it *selection.Item, _ selection.Reason) { s.Reconsider(it) }},
		{"abandoned", (*selection.Selection).Abandon},
		{"reworded", (*selection.Selection).Reword},
	}
	for _, row := range strings.Split(strings.TrimSpace(table), "\n")[1:] {
		fields := strings.Fields(row)
		for i, want := range fields[2:] {
			s, it := decide(fields[0])
			s.KeepRequested()
			before := it.Verdict
			thoughts[i].think(s, it, selection.Reason{Rule: afterwards})
			got, verdict := it.Reason.Rule.String(), before
			if it.Verdict == selection.Undecided {
				got = "undecided"
			}
			switch want {
			case "undecided":
				verdict = selection.Undecided
			case "afterwards":
				verdict = selection.Dropped
			}
			if got != want || it.Verdict != verdict {
				t.Errorf("%s, then %s: %s by %s, want %s by %s", fields[0], thoughts[i].name, it.Verdict, got, verdict, want)
			}
		}
	}
	for then, want := range map[string]string{"claim": "kept application (claim)", "leave-too": "dropped system (leave-too)", "need": "kept dependencies (need)"} {
		s, it := decide("leave")
		s.Reconsider(it)
		decisions[then](s, it)
		if got := describe(it); got != want {
			t.Errorf("reconsidered, then %s: %s", then, got)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, said, decided, to string
		want                    string
	}{
		{"its own place", "", "leave", "", "kept system (package)"},
		{"another place", "", "leave", "usr/f", "kept system (package) at usr/f"},
		{"another place, of which the user speaks", "", "leave", "usr/dropped", "dropped dependencies (leave)"},
		{"dropped by the user", "-f", "", "usr/f", "dropped system (--drop)"},
		{"kept by the user", "+f", "", "usr/f", "kept system (package) at usr/f"},
	} {
		tree := lt.Tree(0, []lt.Entry{lt.File("f", "")})
		n, _ := tree.Lookup("f")
		s := selection.NewSelection(tree, said(c.said, "-usr/dropped"))
		it := s.Item(n)
		if c.decided != "" {
			decisions[c.decided](s, it)
		}
		s.Place(n, c.to, selection.Reason{Rule: packaged})
		got := describe(it)
		if it.To != "" {
			got += " at " + it.To
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	// What the user keeps stays his, whatever follows.
	s, it := decide("--keep place")
	_, source := decide("leave")
	s.Follow(it, source, selection.Reason{}, selection.Reason{})
	if it.Verdict != selection.Kept {
		t.Errorf("kept and placed, then left: %s", describe(it))
	}
	// What is placed is as strong as its package.
	s, it = decide("claim place")
	s.Abandon(it, selection.Reason{})
	s.Reconsider(it)
	if it.Verdict != selection.Kept || s.DroppedByUser(it.Node) {
		t.Errorf("placed: %s", describe(it))
	}
}
