package selection

// Rule is why a path has its verdict. Rules are values, compared by address. Their
// attributes are the columns of the table below.
type Rule struct {
	Name string // stable: reports and schemas use it
	// Verdict and Part are given to the paths that the rule claims.
	Verdict Verdict
	Part    Part
	// Final means that only --keep or a whole Debian package reverses a drop by the rule:
	// the path would break the base.
	Final bool
	// ByContent means that the rule claims whole areas: a directory there is kept only if
	// something in it is kept.
	ByContent bool
	// OnEvidence means that a claim depends on the path that is its evidence: if the
	// user drops that path, the claim is void.
	OnEvidence bool
	// WholePackage means that the Debian package that owns a kept path is moved too.
	WholePackage bool
	// Origin means that a chain of reasons ends with the rule.
	Origin bool
	// Packaged means that an installer's record lists the path, so it cannot be a secret
	// of the user.
	Packaged bool
	// Derived means that a path follows another one, without which it is useless.
	Derived bool
	// Runtime means that the rule claims the runtime's own files, which the base
	// has too.
	Runtime bool
	// Unused means that nothing reads what the rule drops: it may stay in a layer
	// that is reused.
	Unused bool
}

func (r *Rule) String() string { return r.Name }

// The rules with their attributes. Package extract has the table of their order.
var (
	// The user's patterns.
	ByKeep = &Rule{Name: "keep", Origin: true}
	ByDrop = &Rule{Name: "drop", Origin: true, Final: true}

	// Never kept, unless the user does.
	Special      = &Rule{Name: "special", Verdict: Dropped, Final: true}
	DpkgDatabase = &Rule{Name: "dpkg-database", Verdict: Dropped, Final: true}
	LoaderCache  = &Rule{Name: "loader-cache", Verdict: Dropped, Final: true}

	// Evidence in the image's files and configuration.
	Accounts  = &Rule{Name: "accounts", Verdict: Kept}
	Command   = &Rule{Name: "command", Verdict: Kept, Part: Application, OnEvidence: true, WholePackage: true}
	Needs     = &Rule{Name: "needs", Verdict: Kept, OnEvidence: true, WholePackage: true}
	Variable  = &Rule{Name: "variable", Verdict: Kept, WholePackage: true}
	Workdir   = &Rule{Name: "workdir", Verdict: Kept, Part: Application}
	Directory = &Rule{Name: "directory", Verdict: Kept}
	Copied    = &Rule{Name: "copied", Verdict: Kept, Part: Application, Origin: true}
	Edited    = &Rule{Name: "edited", Verdict: Kept}
	Debian    = &Rule{Name: "debian", Verdict: Dropped, Packaged: true}
	Caches    = &Rule{Name: "caches", Verdict: Dropped, Unused: true}
	Unowned   = &Rule{Name: "unowned", Verdict: Kept, ByContent: true}
	NoRule    = &Rule{Name: "none", Verdict: Dropped}

	// Needed by kept paths.
	LinkTarget  = &Rule{Name: "link", WholePackage: true}
	Shebang     = &Rule{Name: "shebang", WholePackage: true}
	Needed      = &Rule{Name: "needed"}
	Opened      = &Rule{Name: "opened"}
	Attribution = &Rule{Name: "attribution"}

	// Directories, by their content.
	ParentDir = &Rule{Name: "parent"}
	Emptied   = &Rule{Name: "emptied", Unused: true}

	// The bases: the original one, the slim one, and removals from it.
	OriginalBase = &Rule{Name: "base"}
	OfBase       = &Rule{Name: "in-base"}
	History      = &Rule{Name: "history"}
	Replaced     = &Rule{Name: "replaced"}
	Removed      = &Rule{Name: "removed"}
	ReusedLayer  = &Rule{Name: "reused-layer"}
)
