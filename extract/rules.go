package extract

import (
	"context"
	"slices"

	"github.com/slimify/slimify/extract/command"
	"github.com/slimify/slimify/extract/debian"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/follow"
	"github.com/slimify/slimify/extract/native"
	"github.com/slimify/slimify/extract/official"
	"github.com/slimify/slimify/extract/plan"
	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/layers"
)

// Ecosystems is the table of what slimify knows runtimes and packages of.
func Ecosystems() []*ecosystem.Ecosystem { return []*ecosystem.Ecosystem{python.Ecosystem()} }

// detectors is the table of all rules, strongest first: of two that claim a path
// the upper one decides. What none claims is dropped.
func (p *passes) detectors() []selection.Detector {
	s, owner := p.State, p.owner
	first := []selection.Detector{
		{Rule: selection.Special, Verdict: selection.Dropped, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimSpecial(s, c) })},
		{Rule: selection.DpkgDatabase, Verdict: selection.Dropped, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { debian.ClaimDatabase(s, c) })},
		{Rule: selection.LoaderCache, Verdict: selection.Dropped, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimLoaderCache(s, c) })},
		{Rule: selection.Accounts, Verdict: selection.Kept, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimAccounts(s, c) })},
	}
	var installed, named []selection.Detector // of the ecosystems
	for _, part := range p.parts {
		installed, named = append(installed, part.Rules...), append(named, part.Named...)
	}
	config := []selection.Detector{
		{Rule: selection.Command, Verdict: selection.Kept, Part: selection.Application, Claim: func(ctx context.Context, c selection.ClaimFunc) error { return p.starter(c).ClaimCommands(ctx) }},
		{Rule: selection.Needs, Verdict: selection.Kept, Part: selection.System, Claim: func(ctx context.Context, c selection.ClaimFunc) error { return p.starter(c).ClaimTools(ctx, p.tools()) }},
		{Rule: selection.Workdir, Verdict: selection.Kept, Part: selection.Application, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimWorkdir(s, owner, c) })},
	}
	last := []selection.Detector{
		{Rule: selection.Directory, Verdict: selection.Kept, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimDirectories(s, c) })},
		{Rule: selection.Copied, Verdict: selection.Kept, Part: selection.Application, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimCopied(s, c) })},
		{Rule: selection.Edited, Verdict: selection.Kept, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { debian.ClaimEdited(s, p.owned, c) })},
		{Rule: selection.Debian, Verdict: selection.Dropped, Part: selection.System, Claim: selection.Sure(p.carry.ClaimUnneeded)},
		{Rule: selection.Caches, Verdict: selection.Dropped, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimCaches(s, c) })},
		{Rule: selection.Unowned, Verdict: selection.Kept, Part: selection.System, Claim: selection.Sure(func(c selection.ClaimFunc) { system.ClaimUnowned(s, owner, c) })},
	}
	return slices.Concat(first, installed, config, named, last)
}

// passes holds what several passes of one selection are given.
type passes struct {
	*selection.State
	owned      *debian.Ownership // by the Debian packages of the user's layers
	official   *official.FatImage
	carry      *debian.Mover
	ecosystems []*ecosystem.Ecosystem
	parts      []*ecosystem.Selecting // theirs
	started    map[*layers.Node]bool  // what the container starts
}

func (p *passes) owner(n *layers.Node) string { return p.owned.Files[n] }

func (p *passes) starter(claim selection.ClaimFunc) *command.ProgramFinder {
	return &command.ProgramFinder{State: p.State, Official: p.official, Started: p.started, Claim: claim}
}

func (p *passes) tools() []ecosystem.Tool {
	var out []ecosystem.Tool
	for _, part := range p.parts {
		out = append(out, part.Tools()...)
	}
	return out
}

// ecosystemPackages are the packages of one ecosystem in the user's layers.
type ecosystemPackages struct {
	*ecosystem.Ecosystem
	all []ecosystem.Installed
}

// own leaves out the packages that are part of a Debian package, with which they
// are kept or left.
func (e *ecosystemPackages) own(owner selection.OwnerFunc) []ecosystem.Installed {
	return slices.DeleteFunc(slices.Clone(e.all), func(d ecosystem.Installed) bool {
		return slices.ContainsFunc(d.Files, func(n *layers.Node) bool { return owner(n) != "" })
	})
}

// Select gives every path of the user's layers a verdict.
func Select(ctx context.Context, in *selection.Image, base *selection.Base, opts selection.Options) (*selection.Selection, error) {
	p := &passes{owned: debian.OwnershipOf(in.Upper()), ecosystems: Ecosystems(), started: make(map[*layers.Node]bool)}
	p.official = official.FatImageOf(in, &p.ecosystems[0].Official)
	var packages []ecosystemPackages
	for _, e := range p.ecosystems {
		found := ecosystemPackages{Ecosystem: e}
		e.Distributions(in.Upper(), func(d selection.Distribution, files []*layers.Node) {
			found.all = append(found.all, ecosystem.Installed{Distribution: d, Files: files})
		})
		packages = append(packages, found)
	}
	user := newOverride(opts, p.owned.Files, packages)
	sel := selection.NewSelection(in.Upper(), user.said)
	if err := user.addCold(ctx, in, sel); err != nil {
		return nil, err
	}
	p.State = &selection.State{Image: in, Base: base, Options: opts, Selection: sel}
	p.carry = debian.NewMover(p.State, p.owned, p.official.List.Packages)
	for _, e := range packages {
		p.parts = append(p.parts, e.Select(p.State, e.own(p.owner), p.owner, p.started))
	}
	for _, pass := range []func(context.Context) error{p.claim, p.complete, p.finish} {
		if err := pass(ctx); err != nil {
			return nil, err
		}
	}
	if err := user.unmatched(func(deb string) (bool, error) { return p.carry.Has(ctx, deb) }); err != nil {
		return nil, err
	}
	if err := sel.SettleQuestions(opts); err != nil {
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
			p.Selection.Claim(n, d.Verdict, d.Part, selection.Reason{Rule: d.Rule, Text: text, From: from})
		})
		if err != nil {
			return err
		}
	}
	p.Selection.KeepSaid()
	for _, part := range p.parts {
		part.Derive()
	}
	return system.CheckSpecial(p.State)
}

// droppedByUser reports whether --drop left a path of the user's layers out.
func (p *passes) droppedByUser(name string) bool {
	n, err := p.Upper().Lookup(name)
	return err == nil && p.Selection.DroppedByUser(n)
}

// complete adds what kept paths need: packages, targets of links, interpreters,
// libraries.
func (p *passes) complete(ctx context.Context) error {
	removals(p.State, p.owned, p.carry.OfBase, p.parts)
	if err := p.carry.WantRoots(ctx); err != nil {
		return err
	}
	questions, err := follow.New(p.State, p.started, p.parts).Follow(ctx)
	if err != nil {
		return err
	}
	p.Selection.Questions = questions
	var needs []ecosystem.SystemNeed
	for _, part := range p.parts {
		needs = append(needs, part.System()...)
	}
	return native.Close(ctx, p.State, p.carry, p.official, p.ecosystems, needs)
}

// finish settles what depends on all verdicts.
func (p *passes) finish(ctx context.Context) error {
	if err := p.carry.Finish(ctx); err != nil {
		return err
	}
	native.UpdateCache(p.State)
	if err := system.CopyAccounts(ctx, p.State); err != nil {
		return err
	}
	p.Selection.SettleDirectories(p.Upper().Root(), func(name string) bool { return system.CacheRoot(name) != "" })
	system.MakeDirectories(p.State)
	p.Selection.DropRest(selection.Reason{Rule: selection.NoRule, Text: "no rule claims it"})
	p.Selection.Questions = append(p.Selection.Questions, command.Questions(p.State, p.starter(nil), p.owner, p.ecosystems)...)
	p.Selection.MarkInBase(p.Base.Tree)
	plan.ReuseLayers(p.State, p.ecosystems)
	system.WarnOfSecrets(p.State, p.ecosystems)
	return nil
}
