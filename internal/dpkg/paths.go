package dpkg

// Where dpkg and apt keep what they know of an image's packages.
const (
	Dir              = "var/lib/dpkg"
	InfoDir          = Dir + "/info"   // lists of files and scripts, by package
	StatusFile       = Dir + "/status" // the packages that are installed
	AlternativesDir  = Dir + "/alternatives"
	DiversionsFile   = Dir + "/diversions"   // files that lie elsewhere than their package says
	StatOverrideFile = Dir + "/statoverride" // owners and modes other than their package says
	TriggersDir      = Dir + "/triggers"

	// StatusDir holds one stanza a file where there is no dpkg: images made of
	// unpacked packages (distroless), and single files that slimify copied.
	StatusDir = Dir + "/status.d"

	// ExtendedStates is where apt notes which packages it installed for others' sake.
	ExtendedStates = "var/lib/apt/extended_states"
)
