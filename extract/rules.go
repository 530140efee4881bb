package extract

import (
	"context"

	"github.com/slimify/slimify/internal/fatbase"
	"github.com/slimify/slimify/layers"
)

// Detector speaks for the paths that it knows.
type Detector struct {
	Rule    string
	Verdict Verdict
	Part    Part
	// Claim calls claim for each path of the user's layers that the rule
	// speaks for, with the reason for people and the path that is the evidence.
	Claim func(ctx context.Context, s *scene, claim claimFunc) error
}

type claimFunc func(n *layers.Node, text, from string)

// detectors is the table of all rules, strongest first: of two that claim a
// path the upper one decides. What none claims is dropped.
func detectors() []Detector {
	return []Detector{
		{"special", Dropped, System, claimSpecial},
		{"dpkg-database", Dropped, System, claimDpkgDatabase},
		{"loader-cache", Dropped, System, claimLoaderCache},
		{"accounts", Kept, System, claimAccounts},
		{"record", Kept, Dependencies, claimRecords},
		{"egg-info", Kept, Dependencies, claimEggInfo},
		{"environment", Kept, Dependencies, claimEnvironments},
		{"editable", Kept, Application, claimEditable},
		{"site-packages", Kept, Dependencies, claimSite},
		{"interpreter", Dropped, Dependencies, claimInterpreter},
		{"script", Kept, Dependencies, claimScripts},
		{"command", Kept, Application, claimCommand},
		{"needs", Kept, System, claimNeeds},
		{"workdir", Kept, Application, claimWorkdir},
		{"pythonpath", Kept, Application, claimPythonPath},
		{"directory", Kept, System, claimDirectories},
		{"copied", Kept, Application, claimCopied},
		{"edited", Kept, System, claimEdited},
		{"debian", Dropped, System, claimDebian},
		{"litter", Dropped, System, claimLitter},
		{"unowned", Kept, System, claimUnowned},
	}
}

// scene is what a rule may look at.
type scene struct {
	*Image
	base *Base
	opts Options
	sel  *Selection
	// debian tells of the packages whose lists are in the user's layers; owners
	// is its map of files.
	debian *ownership
	owners map[*layers.Node]string
	carry  *carrier
	// known is what the fat image that FAT stands on has, if it stands on one.
	known *fatbase.List
	onFat bool
	// started are the files that the container's own instructions start, and
	// what their scripts call.
	started map[*layers.Node]bool
	// envs are the Python environments in the user's layers, envAt the same by
	// their roots.
	envs  []*environment
	envAt map[*layers.Node]*environment
	// owned is what distributions found, once it was asked.
	owned []ownDistribution
}

// Select gives every path of the user's layers a verdict.
func Select(ctx context.Context, in *Image, base *Base, opts Options) (*Selection, error) {
	sel := &Selection{byNode: make(map[*layers.Node]*Item)}
	in.tree().Walk(func(n *layers.Node) bool {
		if !n.Implied {
			sel.add(n)
		}
		return true
	})
	s := &scene{Image: in, base: base, opts: opts, sel: sel, debian: ownersIn(in.tree()), started: make(map[*layers.Node]bool)}
	s.owners = s.debian.files
	s.known, s.onFat = fatList(in)
	s.carry = newCarrier(s)
	for _, d := range detectors() {
		err := d.Claim(ctx, s, func(n *layers.Node, text, from string) {
			if n.Implied {
				return
			}
			it, part := sel.Item(n), d.Part
			if it == nil { // a path of a cold layer: the system's, not the user's
				it, part = sel.add(n), System
			}
			it.decide(d.Verdict, part, Reason{d.Rule, text, from})
		})
		if err != nil {
			return nil, err
		}
	}
	s.followBytecode()
	if err := s.override(ctx); err != nil {
		return nil, err
	}
	s.removals()
	if err := s.carry.wantRoots(ctx); err != nil {
		return nil, err
	}
	if err := s.follow(ctx); err != nil {
		return nil, err
	}
	if err := s.closure(ctx); err != nil {
		return nil, err
	}
	if err := s.carry.finish(ctx); err != nil {
		return nil, err
	}
	s.spliceLoaderCache()
	if err := s.lendAccounts(ctx); err != nil {
		return nil, err
	}
	s.settleDirectories()
	s.makeDirectories()
	for _, it := range sel.Items {
		it.decide(Dropped, System, Reason{Rule: "none", Text: "no rule claims it"})
	}
	s.askOfTools()
	s.compareWithBase()
	s.reuseLayers()
	s.warnOfSecrets()
	if err := sel.settle(opts); err != nil {
		return nil, err
	}
	return sel, nil
}

// compareWithBase finds the paths that the base has already, as FAT has them.
func (s *scene) compareWithBase() {
	for _, it := range s.sel.Items {
		b, err := s.base.Tree.Lookup(it.Path)
		if err == nil && it.To == "" && b.Same(it.Entry) {
			it.Verdict = InBase
		}
	}
}

// settleDirectories gives verdicts to directories for which no rule spoke with
// certainty: one that holds something kept is kept, one that was made empty or
// with an owner or a mode of its own was made on purpose, and one whose
// content was all left behind goes too.
func (s *scene) settleDirectories() {
	s.settle(s.tree().Root())
}

// settledByContent names the rules that claim whole areas, in which a directory
// may stand only for what was dropped from it.
var settledByContent = map[string]bool{"unowned": true, "site-packages": true, "script": true}

// settle returns whether anything at or below n is kept.
func (s *scene) settle(n *layers.Node) bool {
	holds := false
	children := n.Children()
	for _, c := range children {
		if s.settle(c) {
			holds = true
		}
	}
	it := s.sel.Item(n)
	if n.Kind != layers.Dir || it == nil {
		return it != nil && it.Verdict == Kept
	}
	if it.Verdict == Kept && !settledByContent[it.Reason.Rule] {
		return true
	}
	own := n.UID != 0 || n.GID != 0 || n.Mode != 0o755
	switch {
	case holds:
		if it.Verdict != Kept {
			it.Verdict, it.Reason = Kept, Reason{Rule: "parent", Text: "directory of kept paths"}
		}
		return true
	case it.Verdict == Kept && (own && !s.emptied(n) || len(children) == 0):
		return true
	case it.Verdict == Kept || len(children) > 0 && it.Verdict == Undecided:
		it.Verdict, it.Reason = Dropped, Reason{Rule: "emptied", Text: "all it holds was left behind"}
	}
	return false
}

// emptied reports whether a directory lies where only caches lie.
func (s *scene) emptied(n *layers.Node) bool {
	return len(n.Children()) > 0 && cacheRoot(n.Path()) != ""
}
