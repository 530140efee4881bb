package extract

// Rule is why a path has its verdict. Rules are values: two of them are compared
// by address, and what sets one apart is a column of the table below.
type Rule struct {
	Name string // stable: reports and schemas use it
	// Final means that nothing but the user's own word reverses a drop by the
	// rule: the path would harm the base.
	Final bool
	// ByContent means that the rule claims whole areas: a directory in one counts
	// by what is kept in it.
	ByContent bool
	// OnEvidence means that a claim stands and falls with the path that is its
	// evidence: if the user drops that, the claim is void.
	OnEvidence bool
	// WholePackage means that a path which the rule keeps brings the Debian
	// package that owns it.
	WholePackage bool
	// Origin means that a chain of reasons ends with the rule.
	Origin bool
	// Unused means that nothing reads what the rule drops: it may stay in a layer
	// that is used whole.
	Unused bool
}

func (r *Rule) String() string { return r.Name }

// The rules that every image knows, with what sets each apart. An ecosystem has
// rules of its own; the order in which all of them speak is the table in the
// package extract.
var (
	// What the user says.
	RuleKeep = &Rule{Name: "keep", Origin: true}
	RuleDrop = &Rule{Name: "drop", Origin: true, Final: true}

	// What never comes along.
	RuleSpecial      = &Rule{Name: "special", Final: true}
	RuleDpkgDatabase = &Rule{Name: "dpkg-database", Final: true}
	RuleLoaderCache  = &Rule{Name: "loader-cache", Final: true}

	// What the image's own files and configuration say.
	RuleAccounts  = &Rule{Name: "accounts"}
	RuleCommand   = &Rule{Name: "command", OnEvidence: true, WholePackage: true}
	RuleNeeds     = &Rule{Name: "needs", OnEvidence: true, WholePackage: true}
	RuleWorkdir   = &Rule{Name: "workdir"}
	RuleDirectory = &Rule{Name: "directory"}
	RuleCopied    = &Rule{Name: "copied", Origin: true}
	RuleEdited    = &Rule{Name: "edited"}
	RuleDebian    = &Rule{Name: "debian"}
	RuleCaches    = &Rule{Name: "litter", Unused: true}
	RuleUnowned   = &Rule{Name: "unowned", ByContent: true}
	RuleNone      = &Rule{Name: "none"}

	// What kept paths lead to.
	RuleLink        = &Rule{Name: "link", WholePackage: true}
	RuleShebang     = &Rule{Name: "shebang", WholePackage: true}
	RuleNeeded      = &Rule{Name: "needed"}
	RuleOpened      = &Rule{Name: "opened"}
	RuleAttribution = &Rule{Name: "attribution"}

	// Directories, by what they hold.
	RuleParent  = &Rule{Name: "parent"}
	RuleEmptied = &Rule{Name: "emptied", Unused: true}

	// What the base has, and what of it goes.
	RuleBase     = &Rule{Name: "base"}
	RuleInBase   = &Rule{Name: "in-base"}
	RuleHistory  = &Rule{Name: "history"}
	RuleReplaced = &Rule{Name: "replaced"}
	RuleRemoved  = &Rule{Name: "removed"}
	RuleReused   = &Rule{Name: "reused-layer"}

	// An ecosystem's.
	RuleRecord      = &Rule{Name: "record"}
	RuleEggInfo     = &Rule{Name: "egg-info"}
	RuleEnvironment = &Rule{Name: "environment", OnEvidence: true, WholePackage: true}
	RuleEditable    = &Rule{Name: "editable", OnEvidence: true}
	RuleSite        = &Rule{Name: "site-packages", ByContent: true}
	RuleInterpreter = &Rule{Name: "interpreter", Final: true}
	RuleScript      = &Rule{Name: "script", ByContent: true}
	RulePythonPath  = &Rule{Name: "pythonpath"}
	RuleBytecode    = &Rule{Name: "bytecode"}
)
