package selection

// Rule is why a path has its verdict. Rules are values: two of them are compared
// by address, and what sets one apart is a column of the table below.
type Rule struct {
	Name string // stable: reports and schemas use it
	// Verdict and Part are what the rule gives the paths that it claims.
	Verdict Verdict
	Part    Part
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
	// Runtime means that the rule claims the runtime's own files, which the base
	// has too.
	Runtime bool
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
	Special      = &Rule{Name: "special", Verdict: Dropped, Final: true}
	DpkgDatabase = &Rule{Name: "dpkg-database", Verdict: Dropped, Final: true}
	LoaderCache  = &Rule{Name: "loader-cache", Verdict: Dropped, Final: true}

	// What the image's own files and configuration say.
	Accounts  = &Rule{Name: "accounts", Verdict: Kept}
	Command   = &Rule{Name: "command", Verdict: Kept, Part: Application, OnEvidence: true, WholePackage: true}
	Needs     = &Rule{Name: "needs", Verdict: Kept, OnEvidence: true, WholePackage: true}
	Workdir   = &Rule{Name: "workdir", Verdict: Kept, Part: Application}
	Directory = &Rule{Name: "directory", Verdict: Kept}
	Copied    = &Rule{Name: "copied", Verdict: Kept, Part: Application, Origin: true}
	Edited    = &Rule{Name: "edited", Verdict: Kept}
	Debian    = &Rule{Name: "debian", Verdict: Dropped, Packaged: true}
	Caches    = &Rule{Name: "litter", Verdict: Dropped, Unused: true}
	Unowned   = &Rule{Name: "unowned", Verdict: Kept, ByContent: true}
	NoRule    = &Rule{Name: "none", Verdict: Dropped}

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
)
