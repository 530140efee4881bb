package selection

import (
	"context"

	"github.com/slimify/slimify/layers"
)

// Detector is a row of the table of rules: what a rule gives the paths for which it
// speaks.
type Detector struct {
	Rule    *Rule
	Verdict Verdict
	Part    Part
	// Claim calls its argument for each path of the user's layers that the rule
	// speaks for.
	Claim func(ctx context.Context, claim ClaimFunc) error
}

// ClaimFunc claims a path, with the reason for people and the path that is the
// evidence, "" if it is no path.
type ClaimFunc func(n *layers.Node, text, from string)

// OwnerFunc returns the Debian package that owns a node of the user's layers, or "".
type OwnerFunc func(*layers.Node) string

// Sure is the claim of a rule that cannot fail.
func Sure(f func(claim ClaimFunc)) func(context.Context, ClaimFunc) error {
	return func(_ context.Context, claim ClaimFunc) error {
		f(claim)
		return nil
	}
}
