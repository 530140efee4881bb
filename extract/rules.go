package extract

import (
	"context"
	"slices"

	"github.com/slimify/slimify/layers"
)

// Ecosystems is the table of what slimify knows runtimes and packages of.
func Ecosystems() []*Ecosystem { return []*Ecosystem{Python()} }

// detectors is the table of all rules, strongest first: of two that claim a path
// the upper one decides. What none claims is dropped.
func (p *passes) detectors() []Detector {
	s, owner := p.State, p.owner
	first := []Detector{
		{RuleSpecial, Dropped, System, Sure(func(c ClaimFunc) { claimSpecial(s, c) })},
		{RuleDpkgDatabase, Dropped, System, Sure(func(c ClaimFunc) { claimDpkgDatabase(s, c) })},
		{RuleLoaderCache, Dropped, System, Sure(func(c ClaimFunc) { claimLoaderCache(s, c) })},
		{RuleAccounts, Kept, System, Sure(func(c ClaimFunc) { claimAccounts(s, c) })},
	}
	var installed, named []Detector // of the ecosystems
	for _, part := range p.parts {
		installed, named = append(installed, part.Rules...), append(named, part.Named...)
	}
	config := []Detector{
		{RuleCommand, Kept, Application, func(ctx context.Context, c ClaimFunc) error { return p.starter(c).claimCommands(ctx) }},
		{RuleNeeds, Kept, System, func(ctx context.Context, c ClaimFunc) error { return p.starter(c).claimTools(ctx, p.tools()) }},
		{RuleWorkdir, Kept, Application, Sure(func(c ClaimFunc) { claimWorkdir(s, owner, c) })},
	}
	last := []Detector{
		{RuleDirectory, Kept, System, Sure(func(c ClaimFunc) { claimDirectories(s, c) })},
		{RuleCopied, Kept, Application, Sure(func(c ClaimFunc) { claimCopied(s, c) })},
		{RuleEdited, Kept, System, Sure(func(c ClaimFunc) { claimEdited(s, p.owned, c) })},
		{RuleDebian, Dropped, System, Sure(p.carry.claimDebian)},
		{RuleCaches, Dropped, System, Sure(func(c ClaimFunc) { claimCaches(s, c) })},
		{RuleUnowned, Kept, System, Sure(func(c ClaimFunc) { claimUnowned(s, owner, c) })},
	}
	return slices.Concat(first, installed, config, named, last)
}

// passes holds what several passes of one selection are given.
type passes struct {
	*State
	owned      *ownership // by the Debian packages of the user's layers
	official   *fatImage
	carry      *carrier
	ecosystems []*Ecosystem
	parts      []*Selecting          // theirs
	started    map[*layers.Node]bool // what the container starts
}

func (p *passes) owner(n *layers.Node) string { return p.owned.files[n] }

func (p *passes) starter(claim ClaimFunc) *starter {
	return &starter{State: p.State, official: p.official, started: p.started, claim: claim}
}

func (p *passes) tools() []Tool {
	var out []Tool
	for _, part := range p.parts {
		out = append(out, part.Tools()...)
	}
	return out
}

// ecosystemPackages are the packages of one ecosystem in the user's layers.
type ecosystemPackages struct {
	*Ecosystem
	all []Installed
}

// own leaves out the packages that are part of a Debian package, with which they
// are kept or left.
func (e *ecosystemPackages) own(owner OwnerFunc) []Installed {
	return slices.DeleteFunc(slices.Clone(e.all), func(d Installed) bool {
		return slices.ContainsFunc(d.Files, func(n *layers.Node) bool { return owner(n) != "" })
	})
}

// Select gives every path of the user's layers a verdict.
func Select(ctx context.Context, in *Image, base *Base, opts Options) (*Selection, error) {
	p := &passes{owned: ownersIn(in.tree()), ecosystems: Ecosystems(), started: make(map[*layers.Node]bool)}
	p.official = fatImageOf(in, &p.ecosystems[0].Official)
	var packages []ecosystemPackages
	for _, e := range p.ecosystems {
		found := ecosystemPackages{Ecosystem: e}
		e.Distributions(in.tree(), func(d Distribution, files []*layers.Node) { found.all = append(found.all, Installed{d, files}) })
		packages = append(packages, found)
	}
	user := newOverride(opts, p.owned.files, packages)
	sel := NewSelection(in.tree(), user.said)
	if err := user.addCold(ctx, in, sel); err != nil {
		return nil, err
	}
	p.State = &State{Image: in, base: base, opts: opts, sel: sel}
	p.carry = newCarrier(p.State, p.owned, p.official.list.Packages)
	for _, e := range packages {
		p.parts = append(p.parts, e.Select(p.State, e.own(p.owner), p.owner, p.started))
	}
	for _, pass := range []func(context.Context) error{p.claim, p.complete, p.finish} {
		if err := pass(ctx); err != nil {
			return nil, err
		}
	}
	if err := user.unmatched(func(deb string) (bool, error) { return p.carry.has(ctx, deb) }); err != nil {
		return nil, err
	}
	if err := sel.settleQuestions(opts); err != nil {
		return nil, err
	}
	return sel, nil
}

// claim lets the rules speak.
func (p *passes) claim(ctx context.Context) error {
	for _, d := range p.detectors() {
		err := d.Claim(ctx, func(n *layers.Node, text, from string) {
			if from != "" && d.Rule.OnEvidence && p.droppedByUser(from) {
				return
			}
			p.sel.Claim(n, d.Verdict, d.Part, Reason{d.Rule, text, from})
		})
		if err != nil {
			return err
		}
	}
	p.sel.KeepSaid()
	for _, part := range p.parts {
		part.Derive()
	}
	return checkSpecial(p.State)
}

// droppedByUser reports whether --drop left a path of the user's layers out.
func (p *passes) droppedByUser(name string) bool {
	n, err := p.tree().Lookup(name)
	return err == nil && p.sel.DroppedByUser(n)
}

// complete adds what kept paths need: packages, targets of links, interpreters,
// libraries.
func (p *passes) complete(ctx context.Context) error {
	removals(p.State, p.owned, p.carry.ofBase, p.parts)
	if err := p.carry.wantRoots(ctx); err != nil {
		return err
	}
	questions, err := newFollower(p.State, p.started, p.parts).follow(ctx)
	if err != nil {
		return err
	}
	p.sel.Questions = questions
	var needs []SystemNeed
	for _, part := range p.parts {
		needs = append(needs, part.System()...)
	}
	return closure(ctx, p.State, p.carry, p.official, p.ecosystems, needs)
}

// finish settles what depends on all verdicts.
func (p *passes) finish(ctx context.Context) error {
	if err := p.carry.finish(ctx); err != nil {
		return err
	}
	spliceLoaderCache(p.State)
	if err := copyAccounts(ctx, p.State); err != nil {
		return err
	}
	p.sel.SettleDirectories(p.tree().Root(), func(name string) bool { return cacheRoot(name) != "" })
	makeDirectories(p.State)
	p.sel.DropRest(Reason{Rule: RuleNone, Text: "no rule claims it"})
	p.sel.Questions = append(p.sel.Questions, askOfTools(p.State, p.starter(nil), p.owner, p.ecosystems)...)
	p.sel.MarkInBase(p.base.Tree)
	reuseLayers(p.State, p.ecosystems)
	warnOfSecrets(p.State, p.ecosystems)
	return nil
}
