package selection

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
	// Packaged means that an installer's record names the path: what lies there is
	// no secret of the user's.
	Packaged bool
	// Derived means that a path follows another, without which it is of no use.
	Derived bool
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
	ByKeep = &Rule{Name: "keep", Origin: true}
	ByDrop = &Rule{Name: "drop", Origin: true, Final: true}

	// What never comes along.
	Special      = &Rule{Name: "special", Final: true}
	DpkgDatabase = &Rule{Name: "dpkg-database", Final: true}
	LoaderCache  = &Rule{Name: "loader-cache", Final: true}

	// What the image's own files and configuration say.
	Accounts  = &Rule{Name: "accounts"}
	Command   = &Rule{Name: "command", OnEvidence: true, WholePackage: true}
	Needs     = &Rule{Name: "needs", OnEvidence: true, WholePackage: true}
	Workdir   = &Rule{Name: "workdir"}
	Directory = &Rule{Name: "directory"}
	Copied    = &Rule{Name: "copied", Origin: true}
	Edited    = &Rule{Name: "edited"}
	Debian    = &Rule{Name: "debian", Packaged: true}
	Caches    = &Rule{Name: "litter", Unused: true}
	Unowned   = &Rule{Name: "unowned", ByContent: true}
	NoRule    = &Rule{Name: "none"}

	// What kept paths lead to.
	LinkTarget  = &Rule{Name: "link", WholePackage: true}
	Shebang     = &Rule{Name: "shebang", WholePackage: true}
	Needed      = &Rule{Name: "needed"}
	Opened      = &Rule{Name: "opened"}
	Attribution = &Rule{Name: "attribution"}

	// Directories, by what they hold.
	ParentDir = &Rule{Name: "parent"}
	Emptied   = &Rule{Name: "emptied", Unused: true}

	// What the base has, and what of it goes.
	OriginalBase = &Rule{Name: "base"}
	OfBase       = &Rule{Name: "in-base"}
	History      = &Rule{Name: "history"}
	Replaced     = &Rule{Name: "replaced"}
	Removed      = &Rule{Name: "removed"}
	ReusedLayer  = &Rule{Name: "reused-layer"}

	// An ecosystem's.
	RuleRecord      = &Rule{Name: "record", Packaged: true}
	RuleEggInfo     = &Rule{Name: "egg-info"}
	RuleEnvironment = &Rule{Name: "environment", OnEvidence: true, WholePackage: true}
	RuleEditable    = &Rule{Name: "editable", OnEvidence: true}
	RuleSite        = &Rule{Name: "site-packages", ByContent: true}
	RuleInterpreter = &Rule{Name: "interpreter", Final: true}
	RuleScript      = &Rule{Name: "script", ByContent: true}
	RulePythonPath  = &Rule{Name: "pythonpath"}
	RuleBytecode    = &Rule{Name: "bytecode", Derived: true}
)
