package selection

import (
	"context"

	"github.com/slimify/slimify/layers"
)

// Detector is a rule with the function that finds its paths.
type Detector struct {
	Rule *Rule
	// Claim calls its argument for each path of the user's layers that the rule claims.
	Claim func(ctx context.Context, claim ClaimFunc) error
}

// ClaimFunc claims a path. text is the reason for people, from the path that is the
// evidence ("" if the evidence has no path).
type ClaimFunc func(n *layers.Node, text, from string)

// OwnerFunc returns the Debian package that owns a node of the user's layers, or "".
type OwnerFunc func(*layers.Node) string

// By returns the detector of a rule whose claim cannot fail.
func By(r *Rule, claim func(ClaimFunc)) Detector {
	return Detector{r, func(_ context.Context, c ClaimFunc) error {
		claim(c)
		return nil
	}}
}
