package python

import "github.com/slimify/slimify/extract/selection"

// The rules of Python, in addition to those of package selection.
var (
	ruleRecord      = &selection.Rule{Name: "record", Verdict: selection.Kept, Part: selection.Dependencies, Packaged: true}
	ruleEggInfo     = &selection.Rule{Name: "egg-info", Verdict: selection.Kept, Part: selection.Dependencies}
	ruleEnvironment = &selection.Rule{Name: "environment", Verdict: selection.Kept, Part: selection.Dependencies, OnEvidence: true, WholePackage: true}
	ruleEditable    = &selection.Rule{Name: "editable", Verdict: selection.Kept, Part: selection.Application, OnEvidence: true}
	ruleSite        = &selection.Rule{Name: "site-packages", Verdict: selection.Kept, Part: selection.Dependencies, ByContent: true}
	ruleInterpreter = &selection.Rule{Name: "interpreter", Verdict: selection.Dropped, Part: selection.Dependencies, Final: true, Runtime: true}
	ruleScript      = &selection.Rule{Name: "script", Verdict: selection.Kept, Part: selection.Dependencies, ByContent: true}
	rulePath        = &selection.Rule{Name: "pythonpath", Verdict: selection.Kept, Part: selection.Application}
	ruleBytecode    = &selection.Rule{Name: "bytecode", Derived: true}
)
