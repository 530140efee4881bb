package extract

import (
	"context"
	"slices"

	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
)

type claimFunc = selection.ClaimFunc

// detectors is the table of all rules, strongest first: if two rules claim a path, the
// upper one decides. A path that no rule claims is dropped.
func (p *passes) detectors() []selection.Detector {
	s, owner, by := p.State, p.owner, selection.By
	first := []selection.Detector{
		by(selection.Special, func(c claimFunc) { system.ClaimSpecial(s, c) }),
		by(selection.DpkgDatabase, func(c claimFunc) { debian.ClaimDatabase(s, c) }),
		by(selection.LoaderCache, func(c claimFunc) { system.ClaimLoaderCache(s, c) }),
		by(selection.Accounts, func(c claimFunc) { system.ClaimAccounts(s, c) }),
	}
	var installed, named []selection.Detector // of the ecosystems
	for _, part := range p.ecosystemParts {
		installed, named = append(installed, part.Rules...), append(named, part.Named...)
	}
	config := []selection.Detector{
		{Rule: selection.Command, Claim: func(ctx context.Context, c claimFunc) error { return p.finder(c).ClaimCommands(ctx) }},
		{Rule: selection.Needs, Claim: func(ctx context.Context, c claimFunc) error { return p.finder(c).ClaimTools(ctx, p.tools()) }},
		{Rule: selection.Variable, Claim: func(ctx context.Context, c claimFunc) error {
			return p.finder(c).ClaimVariables(ctx, p.caches.Has, p.cacheVariables())
		}},
		by(selection.Workdir, func(c claimFunc) { system.ClaimWorkdir(s, owner, p.caches, c) }),
	}
	last := []selection.Detector{
		by(selection.Directory, func(c claimFunc) { system.ClaimDirectories(s, c) }),
		by(selection.Copied, func(c claimFunc) { system.ClaimCopied(s, c) }),
		by(selection.Edited, func(c claimFunc) { debian.ClaimEdited(s, p.owned, c) }),
		by(selection.Debian, p.mover.ClaimUnneeded),
		by(selection.Caches, func(c claimFunc) { p.caches.Claim(s, c) }),
		by(selection.Unowned, func(c claimFunc) { system.ClaimUnowned(s, owner, c) }),
	}
	return slices.Concat(first, installed, config, named, last)
}
