package python

import (
	"context"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/python/imports"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/layers"
)

// Ecosystem is CPython with the packages that pip and similar tools install.
func Ecosystem() *ecosystem.Ecosystem {
	return &ecosystem.Ecosystem{
		Name:              runtimeName,
		PURLType:          "pypi",
		Title:             "Python",
		Implementation:    "CPython",
		Prefix:            installPrefix,
		ConfiguredVersion: configuredVersion,
		OwnsVariable:      baseVariables.MatchString,
		Language:          language,
		FindRuntime:       findRuntime,
		RuntimeFile: func(name string, r selection.Runtime) bool {
			name, ok := strings.CutPrefix(name, installPrefix+"/")
			return ok && r.Version != "" && interpreterFile(name, minor(r))
		},
		RuntimeDir:     stdlibDir,
		CheckBase:      checkBase,
		Official:       family,
		Normalize:      Normalize,
		Distributions:  eachDistribution,
		MetadataFile:   metadataFile,
		IsMetadata:     isCoreMetadata,
		ParseMetadata:  parseMetadata,
		Select:         startSelection,
		Opens:          openedLibraries,
		ImpliedCalls:   impliedCalls,
		CacheFiles:     []string{"root/.cache/pip/**", "root/.cache/uv/**", "home/*/.cache/pip/**", "home/*/.cache/uv/**", "root/.python_history"},
		CacheVariables: []string{"PIP_CACHE_DIR", "UV_CACHE_DIR", "POETRY_CACHE_DIR", "PIPENV_CACHE_DIR", "PYTHONPYCACHEPREFIX"},
		CacheDirs:      []string{"root/.cache/pip", "root/.cache/uv", "home/*/.cache/pip", "home/*/.cache/uv"},
		SecretFiles:    []string{".pypirc"},
		BuildFiles:     []string{"setup.py", "noxfile.py", "fabfile.py", "versioneer.py"},
		Unused:         isUnused,
		Verify: check.Part{
			Checks: []check.Check{
				{Name: "record", Unit: "file", Run: checkRecord},
				{Name: "imports", Unit: "import", Run: imports.Check},
			},
			Script:              imports.Script,
			IsExtension:         imports.IsExtension,
			IsOptionalExtension: imports.IsStandardExtension,
		},
	}
}

// startSelection begins Python's part in a selection.
func startSelection(scope ecosystem.Scope) *ecosystem.Selecting {
	s, owner, distributions := scope.State, scope.Owner, scope.Installed
	for _, d := range distributions {
		s.Selection.Distributions = append(s.Selection.Distributions, d.Distribution)
	}
	envs := newEnvironments(s)
	interpreters := &interpreters{environments: envs, started: scope.Started, stale: make(map[*environment]bool)}
	return &ecosystem.Selecting{
		Rules: []selection.Detector{
			selection.By(ruleRecord, func(c selection.ClaimFunc) { claimRecords(distributions, c) }),
			selection.By(ruleEggInfo, func(c selection.ClaimFunc) { claimEggInfo(distributions, c) }),
			selection.By(ruleEnvironment, func(c selection.ClaimFunc) { envs.claimAll(owner, c) }),
			{Rule: ruleEditable, Claim: func(ctx context.Context, c selection.ClaimFunc) error {
				claimEditable(ctx, scope, c)
				return nil
			}},
			selection.By(ruleSite, func(c selection.ClaimFunc) { claimSite(s, owner, c) }),
			selection.By(ruleInterpreter, func(c selection.ClaimFunc) { claimInterpreter(s, c) }),
			selection.By(ruleScript, func(c selection.ClaimFunc) { claimScripts(s, owner, c) }),
		},
		Named: []selection.Detector{
			selection.By(rulePath, func(c selection.ClaimFunc) { claimPythonPath(scope, c) }),
		},
		Tools:    func() []ecosystem.Tool { return neededTools(s.Selection.Distributions) },
		Derive:   func() { followBytecode(s) },
		Removals: func(remove func(*layers.Node, selection.Reason)) { replacedDistributions(s, remove) },
		Holds:    func(dir *layers.Node) bool { return showsOwnContent(s, dir) },
		Interpreters: func(ctx context.Context, v *view.View, keep func([]*layers.Node, *selection.Item, selection.Reason)) error {
			interpreters.view, interpreters.keep = v, keep
			return interpreters.follow(ctx)
		},
		IgnoreLink: interpreters.isStale,
		Prefix:     interpreterPrefix,
		System:     func() []ecosystem.SystemNeed { return standardLibrary(s) },
	}
}

// impliedCalls lists the programs that imported modules start: triton compiles the code
// that launches its kernels.
func impliedCalls(src *source.Source) []source.Call {
	var out []source.Call
	for _, imp := range src.Imports {
		if module, _, _ := strings.Cut(imp.Module, "."); module == "triton" && imp.Level == 0 {
			out = append(out, source.Call{Func: "import triton", Arg: "gcc", Implied: true, Line: imp.Line})
		}
	}
	return out
}
