package batch

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slimify/slimify/assemble"
)

func TestShard(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		flag, env string
		want      Shard
		fails     bool
	}{
		{flag: "", want: Shard{}},
		{flag: "1/4", want: Shard{1, 4}},
		{flag: "/4", env: "JOB_COMPLETION_INDEX=3", want: Shard{3, 4}},
		{flag: "/4", env: "CI_NODE_INDEX=1", want: Shard{0, 4}},
		{flag: "", env: "CI_NODE_INDEX=4 CI_NODE_TOTAL=4", want: Shard{3, 4}},
		{flag: "0/2", env: "CI_NODE_INDEX=4 CI_NODE_TOTAL=4", want: Shard{0, 2}},
		{flag: "", env: "CI_NODE_INDEX=5 CI_NODE_TOTAL=4", fails: true},
		{flag: "", env: "CI_NODE_INDEX=0 CI_NODE_TOTAL=4", fails: true},
		{flag: "", env: "JOB_COMPLETION_INDEX=0", fails: true},
		{flag: "4/4", fails: true},
		{flag: "-1/4", fails: true},
		{flag: "0/0", fails: true},
		{flag: "/4", fails: true},
		{flag: "4", fails: true},
	} {
		env := make(map[string]string)
		for _, v := range strings.Fields(tc.env) {
			key, value, _ := strings.Cut(v, "=")
			env[key] = value
		}
		got, err := ParseShard(tc.flag, func(key string) string { return env[key] })
		if got != tc.want || (err != nil) != tc.fails {
			t.Errorf("%q, %q: %v, %v", tc.flag, tc.env, got, err)
		}
	}
}

// Every pair is in one part, with all others of its repository, however it is spelled.
func TestShardOf(t *testing.T) {
	t.Parallel()
	var list strings.Builder
	const repositories = 100
	for i := range repositories {
		fmt.Fprintf(&list, "app%d:1 r.example/slim%d:1\ndocker.io/library/app%d:2 r.example/slim%d:2\n", i, i, i, i)
	}
	pairs, err := Read(strings.NewReader(list.String()), assemble.RefOptions{})
	if err != nil {
		t.Fatal(err)
	}
	where := make(map[string]uint64)
	n := 0
	for i := range uint64(4) {
		part := Shard{i, 4}.Of(pairs)
		n += len(part)
		if len(part) < repositories/4 {
			t.Errorf("part %d has %d pairs", i, len(part))
		}
		for _, p := range part {
			repository := p.Source.Name().Context().Name()
			if was, ok := where[repository]; ok && was != i {
				t.Errorf("%s is in parts %d and %d", repository, was, i)
			}
			where[repository] = i
		}
	}
	if n != len(pairs) || len(where) != repositories {
		t.Errorf("%d pairs of %d repositories", n, len(where))
	}
}
