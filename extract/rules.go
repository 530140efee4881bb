package extract

import (
	"context"

	"github.com/slimify/slimify/layers"
)

// Detector is a row of the table of rules: what a rule gives the paths for which
// it speaks.
type detector struct {
	rule    *Rule
	verdict Verdict
	part    Part
	// claim calls its argument for each path of the user's layers that the rule
	// speaks for.
	claim func(claim claimFunc) error
}

// claimFunc claims a path, with the reason for people and the path that is the
// evidence, "" if it is no path.
type claimFunc func(n *layers.Node, text, from string)

// ownerFunc returns the Debian package that owns a node of the user's layers, or "".
type ownerFunc func(*layers.Node) string

// sure is the claim of a rule that cannot fail.
func sure(f func(claim claimFunc)) func(claimFunc) error {
	return func(claim claimFunc) error {
		f(claim)
		return nil
	}
}

// detectors is the table of all rules, strongest first: of two that claim a path
// the upper one decides. What none claims is dropped.
func (p *passes) detectors(ctx context.Context) []detector {
	s, owner := p.State, p.owner
	return []detector{
		{RuleSpecial, Dropped, System, sure(func(c claimFunc) { claimSpecial(s, c) })},
		{RuleDpkgDatabase, Dropped, System, sure(func(c claimFunc) { claimDpkgDatabase(s, c) })},
		{RuleLoaderCache, Dropped, System, sure(func(c claimFunc) { claimLoaderCache(s, c) })},
		{RuleAccounts, Kept, System, sure(func(c claimFunc) { claimAccounts(s, c) })},
		{RuleRecord, Kept, Dependencies, sure(func(c claimFunc) { claimRecords(p.distributions, c) })},
		{RuleEggInfo, Kept, Dependencies, sure(func(c claimFunc) { claimEggInfo(p.distributions, c) })},
		{RuleEnvironment, Kept, Dependencies, sure(func(c claimFunc) { p.environments.claimAll(owner, c) })},
		{RuleEditable, Kept, Application, sure(func(c claimFunc) { claimEditable(ctx, s, owner, c) })},
		{RuleSite, Kept, Dependencies, sure(func(c claimFunc) { claimSite(s, owner, c) })},
		{RuleInterpreter, Dropped, Dependencies, sure(func(c claimFunc) { claimInterpreter(s, c) })},
		{RuleScript, Kept, Dependencies, sure(func(c claimFunc) { claimScripts(s, owner, c) })},
		{RuleCommand, Kept, Application, func(c claimFunc) error { return p.starter(c).claimCommands(ctx) }},
		{RuleNeeds, Kept, System, func(c claimFunc) error { return claimNeeds(ctx, p.starter(c), s.sel.Distributions) }},
		{RuleWorkdir, Kept, Application, sure(func(c claimFunc) { claimWorkdir(s, owner, c) })},
		{RulePythonPath, Kept, Application, sure(func(c claimFunc) { claimPythonPath(s, owner, c) })},
		{RuleDirectory, Kept, System, sure(func(c claimFunc) { claimDirectories(s, c) })},
		{RuleCopied, Kept, Application, sure(func(c claimFunc) { claimCopied(s, c) })},
		{RuleEdited, Kept, System, sure(func(c claimFunc) { claimEdited(s, p.owned, c) })},
		{RuleDebian, Dropped, System, sure(p.carry.claimDebian)},
		{RuleCaches, Dropped, System, sure(func(c claimFunc) { claimCaches(s, c) })},
		{RuleUnowned, Kept, System, sure(func(c claimFunc) { claimUnowned(s, owner, c) })},
	}
}

// passes holds what several passes of one selection are given.
type passes struct {
	*State
	owned         *ownership // by the Debian packages of the user's layers
	official      *fatImage
	carry         *carrier
	distributions []ownDistribution // of the user's layers, but those of Debian packages
	environments  *environments
	started       map[*layers.Node]bool // what the container starts
}

func (p *passes) owner(n *layers.Node) string { return p.owned.files[n] }

func (p *passes) starter(claim claimFunc) *starter {
	return &starter{State: p.State, official: p.official, started: p.started, claim: claim}
}

// Select gives every path of the user's layers a verdict.
func Select(ctx context.Context, in *Image, base *Base, opts Options) (*Selection, error) {
	owned, all, official := ownersIn(in.tree()), distributionsIn(in.tree()), fatImageOf(in)
	user := newOverride(opts, owned.files, all)
	sel := NewSelection(in.tree(), user.said)
	if err := user.addCold(ctx, in, sel); err != nil {
		return nil, err
	}
	s := &State{Image: in, base: base, opts: opts, sel: sel}
	p := &passes{State: s, owned: owned, official: official, environments: newEnvironments(s), started: make(map[*layers.Node]bool)}
	p.distributions = withoutDebian(all, p.owner)
	for _, d := range p.distributions {
		sel.Distributions = append(sel.Distributions, d.Distribution)
	}
	p.carry = newCarrier(s, owned, official.list.Packages)
	if err := p.claim(ctx); err != nil {
		return nil, err
	}
	if err := p.complete(ctx); err != nil {
		return nil, err
	}
	if err := p.carry.finish(ctx); err != nil {
		return nil, err
	}
	spliceLoaderCache(s)
	if err := copyAccounts(ctx, s); err != nil {
		return nil, err
	}
	sel.SettleDirectories(in.tree().Root(), func(name string) bool { return cacheRoot(name) != "" })
	makeDirectories(s)
	sel.DropRest(Reason{Rule: RuleNone, Text: "no rule claims it"})
	sel.Questions = append(sel.Questions, askOfTools(s, p.starter(nil), p.owner)...)
	sel.MarkInBase(base.Tree)
	reuseLayers(s)
	warnOfSecrets(s)
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
	for _, d := range p.detectors(ctx) {
		err := d.claim(func(n *layers.Node, text, from string) {
			if from != "" && d.rule.OnEvidence && p.droppedByUser(from) {
				return
			}
			p.sel.Claim(n, d.verdict, d.part, Reason{d.rule, text, from})
		})
		if err != nil {
			return err
		}
	}
	p.sel.KeepSaid()
	followBytecode(p.State)
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
	removals(p.State, p.owned, p.carry.ofBase)
	if err := p.carry.wantRoots(ctx); err != nil {
		return err
	}
	f := newFollower(p.State, p.started)
	environments := &interpreters{environments: p.environments, view: f.view, started: p.started, keep: f.keepRoute, stale: make(map[*environment]bool)}
	if err := environments.follow(ctx); err != nil {
		return err
	}
	questions, err := f.follow(ctx, environments.isStale)
	if err != nil {
		return err
	}
	p.sel.Questions = questions
	return closure(ctx, p.State, p.carry, p.official)
}
