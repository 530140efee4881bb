package explain

import (
	"context"
	"errors"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// Owner is the package that owns a file; the zero value if none does.
type Owner struct {
	Kind      OwnerKind
	Name      string
	Version   string // "" for a Debian package, whose version is in dpkg's status
	Ecosystem string // "" for a Debian package
}

// OwnerKind is a kind of package.
type OwnerKind uint8

// The kinds of owners.
const (
	Unowned OwnerKind = iota
	OfDebian
	OfDistribution
)

// OwnersIn returns a function that returns the owner of a node: the Debian package that
// lists it, else the ecosystem's package that does.
func OwnersIn(t *layers.Tree, ecosystems []*ecosystem.Ecosystem) func(*layers.Node) Owner {
	packages := debian.OwnershipOf(t).Files
	distributions := make(map[*layers.Node]*Owner)
	for _, e := range ecosystems {
		e.Distributions(t, func(d selection.Distribution, files []*layers.Node) {
			owner := &Owner{OfDistribution, d.Name, d.Version, d.Ecosystem} // one for all of its files
			for _, n := range files {
				if distributions[n] == nil && packages[n] == "" {
					distributions[n] = owner
				}
			}
		})
	}
	return func(n *layers.Node) Owner {
		if owner := distributions[n]; owner != nil {
			return *owner
		}
		if name := packages[n]; name != "" {
			return Owner{Kind: OfDebian, Name: name}
		}
		return Owner{}
	}
}

// PathVerdict is the verdict on a path of the whole image.
type PathVerdict struct {
	*layers.Node
	// Path is its path in the result if it is kept, else its own.
	Path    string
	Verdict selection.Verdict
	Part    selection.Part // of what is kept
	Reason  selection.Reason
	Owner   Owner
	Cold    bool // it comes from the original base image
}

// EachVerdict calls f for each path of FAT except directories. It reads all layers,
// those of the original base image too. A path of these that the base also has counts as
// in the base, unless the selection has decided about it.
func EachVerdict(ctx context.Context, s *selection.State, ecosystems []*ecosystem.Ecosystem, f func(PathVerdict)) error {
	owners := []func(*layers.Node) Owner{} // of each cold layer, and of all above
	for layer := range s.Stack.Boundary {
		tree, err := s.Stack.Cold(ctx, layer)
		if err != nil {
			return err
		}
		owners = append(owners, OwnersIn(tree, ecosystems))
	}
	owners = append(owners, OwnersIn(s.Upper(), ecosystems))
	return s.Stack.Glob(ctx, func(string) bool { return true }, func(n *layers.Node) {
		if n.Kind == layers.Dir {
			return
		}
		at := min(n.Pos.Layer, s.Stack.Boundary)
		v := PathVerdict{Node: n, Path: n.Path(), Owner: owners[at](n), Cold: at < s.Stack.Boundary}
		if it := s.Selection.Item(n); it != nil {
			v.Verdict, v.Part, v.Reason = it.Verdict, it.Part, it.Reason
			if it.To != "" {
				v.Path = it.To
			}
		} else if _, err := s.Base.Tree.Lookup(v.Path); err == nil {
			v.Verdict, v.Reason = selection.InBase, selection.Reason{Rule: selection.OfBase, Text: "from the base", From: ""}
		} else {
			v.Verdict, v.Reason = selection.Dropped, selection.Reason{Rule: selection.OriginalBase, Text: originalBase, From: ""}
		}
		f(v)
	})
}

// VersionsOfImage returns the versions of an image's Debian packages by name, from dpkg's
// status; none for an image without dpkg.
func VersionsOfImage(ctx context.Context, in *selection.Image) (map[string]string, error) {
	out := make(map[string]string)
	status, err := in.Stack.ReadFile(ctx, dpkg.StatusFile)
	if err != nil && !layers.NotExist(err) && !errors.Is(err, layers.ErrNotCaptured) {
		return nil, err
	}
	debian.AddVersions(out, status)
	return out, nil
}

// Chains follows evidence to its origin, as [Explain] does.
type Chains struct{ x *explainer }

// NewChains returns the chains of a selection.
func NewChains(s *selection.State) Chains { return Chains{newExplainer(s)} }

// Of returns the chain of a reason: the reason, then the reason of the path that is its
// evidence, and so on. it is the item that has the reason, nil for a path that is in no
// layer of FAT.
func (c Chains) Of(r selection.Reason, it *selection.Item) []selection.Reason {
	return c.x.chain(r, it)
}
