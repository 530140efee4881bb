package selection

import (
	"context"

	"github.com/slimify/slimify/layers"
)

// Detector is a rule with what finds the paths for which it speaks.
type Detector struct {
	Rule *Rule
	// Claim calls its argument for each path of the user's layers that the rule
	// speaks for.
	Claim func(ctx context.Context, claim ClaimFunc) error
}

// ClaimFunc claims a path, with the reason for people and the path that is the
// evidence, "" if it is no path.
type ClaimFunc func(n *layers.Node, text, from string)

// OwnerFunc returns the Debian package that owns a node of the user's layers, or "".
type OwnerFunc func(*layers.Node) string

// By returns the detector of a rule that cannot fail.
func By(r *Rule, claim func(ClaimFunc)) Detector {
	return Detector{r, func(_ context.Context, c ClaimFunc) error {
		claim(c)
		return nil
	}}
}
