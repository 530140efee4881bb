package extract

import (
	"context"
	"strings"

	"github.com/slimify/slimify/internal/source"
	"github.com/slimify/slimify/layers"
)

// Python is CPython with the packages that pip and its like install.
func Python() *Ecosystem {
	return &Ecosystem{
		Name:        runtimeName,
		PURLType:    "pypi",
		Language:    language,
		FindRuntime: findRuntime,
		RuntimeFile: func(name string, r Runtime) bool {
			name, ok := strings.CutPrefix(name, Prefix+"/")
			return ok && r.Version != "" && interpreterFile(name, minor(r))
		},
		RuntimeDir:    stdlibDir,
		CheckBase:     checkBase,
		Official:      official,
		Normalize:     Normalize,
		Distributions: eachDistribution,
		MetadataFile:  metadataFile,
		IsMetadata:    isCoreMetadata,
		ParseMetadata: parseMetadata,
		Select:        begin,
		Opens:         opens,
		ImpliedCalls:  impliedCalls,
		BuildFiles:    []string{"setup.py", "noxfile.py", "fabfile.py", "versioneer.py"},
		Unused:        isUnused,
	}
}

// begin is what Python does in a selection.
func begin(s *State, distributions []Installed, owner OwnerFunc, started map[*layers.Node]bool) *Selecting {
	for _, d := range distributions {
		s.sel.Distributions = append(s.sel.Distributions, d.Distribution)
	}
	envs := newEnvironments(s)
	interpreters := &interpreters{environments: envs, started: started, stale: make(map[*environment]bool)}
	return &Selecting{
		Rules: []Detector{
			{RuleRecord, Kept, Dependencies, Sure(func(c ClaimFunc) { claimRecords(distributions, c) })},
			{RuleEggInfo, Kept, Dependencies, Sure(func(c ClaimFunc) { claimEggInfo(distributions, c) })},
			{RuleEnvironment, Kept, Dependencies, Sure(func(c ClaimFunc) { envs.claimAll(owner, c) })},
			{RuleEditable, Kept, Application, func(ctx context.Context, c ClaimFunc) error {
				claimEditable(ctx, s, owner, c)
				return nil
			}},
			{RuleSite, Kept, Dependencies, Sure(func(c ClaimFunc) { claimSite(s, owner, c) })},
			{RuleInterpreter, Dropped, Dependencies, Sure(func(c ClaimFunc) { claimInterpreter(s, c) })},
			{RuleScript, Kept, Dependencies, Sure(func(c ClaimFunc) { claimScripts(s, owner, c) })},
		},
		Named: []Detector{
			{RulePythonPath, Kept, Application, Sure(func(c ClaimFunc) { claimPythonPath(s, owner, c) })},
		},
		Tools:    func() []Tool { return neededTools(s.sel.Distributions) },
		Derive:   func() { followBytecode(s) },
		Removals: func(remove func(*layers.Node, Reason)) { replacedDistributions(s, remove) },
		Holds:    func(dir *layers.Node) bool { return holds(s, dir) },
		Interpreters: func(ctx context.Context, v *View, keep func([]*layers.Node, *Item, Reason)) error {
			interpreters.view, interpreters.keep = v, keep
			return interpreters.follow(ctx)
		},
		IgnoreLink: interpreters.isStale,
		Prefix:     interpreterPrefix,
		System:     func() []SystemNeed { return standardLibrary(s) },
	}
}

// impliedCalls lists the programs that imported modules start by themselves: triton
// compiles what launches its kernels.
func impliedCalls(src *source.Source) []source.Call {
	var out []source.Call
	for _, imp := range src.Imports {
		if module, _, _ := strings.Cut(imp.Module, "."); module == "triton" && imp.Level == 0 {
			out = append(out, source.Call{Func: "import triton", Arg: "gcc", Implied: true, Line: imp.Line})
		}
	}
	return out
}
