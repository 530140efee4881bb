package selection

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettle(t *testing.T) {
	keep := func(text string) Pattern {
		p, err := ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		name      string
		opts      Options
		want      []string
		unmatched string
	}{
		{"nothing said", Options{}, []string{"tool:git", "tool:curl"}, ""},
		{"accepted", Options{Accept: []string{"tool:git"}}, []string{"tool:curl"}, ""},
		{"all accepted", Options{Accept: []string{"tool:git", "tool:curl"}}, []string{}, ""},
		{"kept", Options{Keep: []Pattern{keep("deb:git")}}, []string{"tool:curl"}, ""},
		{"kept and accepted", Options{Keep: []Pattern{keep("deb:git")}, Accept: []string{"tool:git"}}, []string{"tool:curl"}, ""},
		{"another one kept", Options{Keep: []Pattern{keep("/usr/bin/svn")}}, []string{"tool:git", "tool:curl"}, ""},
		{"misspelt", Options{Accept: []string{"tool:curl", "tool:gti"}}, nil, "tool:gti"},
		{"a keep is no ID", Options{Accept: []string{"deb:git"}}, nil, "deb:git"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sel := &Selection{Questions: []Question{{ID: "tool:git", Keep: "deb:git"}, {ID: "tool:curl", Keep: "deb:curl"}}}
			err := sel.SettleQuestions(c.opts)
			var unmatched *UnmatchedPatternError
			if errors.As(err, &unmatched) != (c.unmatched != "") {
				t.Fatalf("error %v", err)
			}
			if unmatched != nil {
				if unmatched.Flag != "accept" || unmatched.Pattern != c.unmatched {
					t.Errorf("error %v", err)
				}
				return
			}
			got := []string{}
			for _, q := range sel.Questions {
				got = append(got, q.ID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
