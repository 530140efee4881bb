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
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/system"
	"github.com/slimify/slimify/layers"
)

// passes holds what the passes of one selection share.
type passes struct {
	*selection.State
	owned          *debian.Ownership // what Debian packages own in the user's layers
	official       *official.FatImage
	mover          *debian.Mover
	ecosystems     []*ecosystem.Ecosystem
	ecosystemParts []*ecosystem.Selecting // one for each of ecosystems
	caches         *system.Caches
	started        map[*layers.Node]bool // files that the container starts
}

func (p *passes) owner(n *layers.Node) string { return p.owned.Files[n] }

func (p *passes) finder(claim selection.ClaimFunc) *command.ProgramFinder {
	return &command.ProgramFinder{State: p.State, Official: p.official, Started: p.started, Claim: claim}
}

// cacheVariables are the variables that name caches of the ecosystems' tools.
func (p *passes) cacheVariables() []string {
	var out []string
	for _, e := range p.ecosystems {
		out = append(out, e.CacheVariables...)
	}
	return out
}

func (p *passes) tools() []ecosystem.Tool {
	var out []ecosystem.Tool
	for _, part := range p.ecosystemParts {
		out = append(out, part.Tools()...)
	}
	return out
}

// ecosystemPackages are the packages of one ecosystem in the user's layers.
type ecosystemPackages struct {
	*ecosystem.Ecosystem
	all []ecosystem.Installed
}

// own leaves out the packages that a Debian package owns: they share its verdict.
func (e *ecosystemPackages) own(owner selection.OwnerFunc) []ecosystem.Installed {
	return slices.DeleteFunc(slices.Clone(e.all), func(d ecosystem.Installed) bool {
		return slices.ContainsFunc(d.Files, func(n *layers.Node) bool { return owner(n) != "" })
	})
}

// Select gives every path of the user's layers a verdict.
func Select(ctx context.Context, in *selection.Image, base *selection.Base, opts selection.Options) (*selection.Selection, error) {
	p := &passes{owned: debian.OwnershipOf(in.Upper()), ecosystems: Ecosystems(), started: make(map[*layers.Node]bool)}
	p.caches = system.NewCaches(p.ecosystems)
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
	sel := selection.NewSelection(in.Upper(), user.verdict)
	if err := user.addCold(ctx, in, sel); err != nil {
		return nil, err
	}
	p.State = &selection.State{Image: in, Base: base, Options: opts, Selection: sel}
	p.mover = debian.NewMover(p.State, p.owned, p.official.Packages())
	user.resolveCold(func(n *layers.Node) string { return p.mover.ColdOwner(ctx, n) })
	for _, e := range packages {
		p.ecosystemParts = append(p.ecosystemParts, e.Select(ecosystem.Scope{State: p.State, Installed: e.own(p.owner), Owner: p.owner, CacheBelow: p.caches.Below, Started: p.started}))
	}
	for _, pass := range []func(context.Context) error{p.claim, p.complete, p.finish} {
		if err := pass(ctx); err != nil {
			return nil, err
		}
	}
	if err := user.unmatched(func(deb string) (bool, error) { return p.mover.Has(ctx, deb) }); err != nil {
		return nil, err
	}
	if err := sel.SettleQuestions(opts); err != nil {
		return nil, err
	}
	return sel, nil
}

// claim runs the rules of the table.
func (p *passes) claim(ctx context.Context) error {
	for _, d := range p.detectors() {
		err := d.Claim(ctx, func(n *layers.Node, text, from string) {
			if from != "" && d.Rule.OnEvidence && p.droppedByUser(from) {
				return
			}
			p.Selection.Claim(n, selection.Reason{Rule: d.Rule, Text: text, From: from})
		})
		if err != nil {
			return err
		}
	}
	p.Selection.KeepRequested()
	for _, part := range p.ecosystemParts {
		part.Derive()
	}
	return system.CheckSpecial(p.State)
}

// droppedByUser reports whether --drop covers a path of the user's layers.
func (p *passes) droppedByUser(name string) bool {
	n, err := p.Upper().Lookup(name)
	return err == nil && p.Selection.DroppedByUser(n)
}

// complete keeps what kept paths need: packages, targets of links, interpreters,
// libraries.
func (p *passes) complete(ctx context.Context) error {
	(&remover{p, make(map[string]selection.Reason)}).remove()
	if err := p.mover.MoveRequested(ctx); err != nil {
		return err
	}
	questions, err := follow.Follow(ctx, p.State, p.official, p.started, p.ecosystemParts)
	if err != nil {
		return err
	}
	p.Selection.Questions = questions
	var needs []ecosystem.SystemNeed
	for _, part := range p.ecosystemParts {
		needs = append(needs, part.System()...)
	}
	return native.Close(ctx, p.State, p.mover, p.official, p.ecosystems, needs)
}

// finish does what needs all verdicts: dpkg's database, accounts, directories,
// questions, reused layers.
func (p *passes) finish(ctx context.Context) error {
	if err := p.mover.Finish(ctx); err != nil {
		return err
	}
	native.UpdateCache(p.State)
	if err := system.CopyAccounts(ctx, p.State); err != nil {
		return err
	}
	p.Selection.SettleDirectories(p.Upper().Root(), p.caches.HasDir)
	system.MakeDirectories(p.State)
	p.Selection.DropRest(selection.Reason{Rule: selection.NoRule, Text: "no rule keeps it"})
	p.Selection.Questions = append(p.Selection.Questions, command.Questions(p.State, p.finder(nil), p.owner, p.ecosystems)...)
	p.Selection.MarkInBase(p.Base.Tree)
	plan.ReuseLayers(p.State, p.ecosystems)
	system.WarnOfSecrets(p.State, p.ecosystems)
	return nil
}
