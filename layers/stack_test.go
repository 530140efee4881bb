package layers_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

// A lookup opens cold layers newest first, and only as many as it needs: each
// is hundreds of megabytes away.
func TestStackLookup(t *testing.T) {
	t.Parallel()
	cold := []listing{
		{lt.File("etc/old", "0"), lt.File("bin/tool", "0"), lt.File("gone", "0"), lt.Dir("d")},
		{lt.Whiteout("gone"), lt.File("etc/new", "1"), lt.File("bin/tool", "1"), lt.Symlink("link", "bin/tool")},
	}
	for _, c := range []struct {
		name string
		want string // content; "" if it is not there
		read []int
	}{
		{"app", "upper", nil},
		{"etc/new", "1", []int{1}},
		{"bin/tool", "1", []int{1}},
		{"link", "1", []int{1}},
		{"etc/old", "0", []int{1, 0}},
		{"gone", "", []int{1}},
		{"etc/removed", "", nil},
		{"nowhere", "", []int{1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var read []int
			s, err := layers.NewStack(2, nil, func(_ context.Context, i int) (*layers.Table, error) {
				read = append(read, i)
				return lt.Table(cold[i]...), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Upper.Apply(2, lt.Table(lt.File("app", "upper"), lt.Whiteout("etc/removed"))); err != nil {
				t.Fatal(err)
			}
			n, err := s.Resolve(t.Context(), c.name)
			switch {
			case c.want == "" && !errors.Is(err, fs.ErrNotExist):
				t.Errorf("Resolve = %v, %v; want that it does not exist", n, err)
			case c.want != "" && (err != nil || string(n.Evidence) != c.want):
				t.Errorf("Resolve = %v, %v; want content %q", n, err, c.want)
			}
			if diff := cmp.Diff(c.read, read); diff != "" {
				t.Errorf("layers read (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStackGlob(t *testing.T) {
	t.Parallel()
	s, err := layers.NewStack(1, nil, func(context.Context, int) (*layers.Table, error) {
		return lt.Table(lt.File("a", "cold"), lt.File("b", "cold"), lt.File("c", "cold")), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Upper.Apply(1, lt.Table(lt.File("a", "upper"), lt.Whiteout("b"))); err != nil {
		t.Fatal(err)
	}
	var got []string
	err = s.Glob(t.Context(), func(string) bool { return true }, func(n *layers.Node) {
		got = append(got, n.Path()+"="+string(n.Evidence))
	})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a=upper", "c=cold"}, got); err != nil || diff != "" {
		t.Errorf("Glob: %v (-want +got):\n%s", err, diff)
	}
}
