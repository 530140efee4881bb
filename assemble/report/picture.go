package report

// Picture tells whose bytes both images hold and what became of each, summed
// over files: what a page shows of a run. Sizes are in bytes, lists
// have the largest first. [Options.Picture] asks for it.
type Picture struct {
	// Fat and Slim share out all bytes that a container of each image sees. A
	// second name of a file has none.
	Fat, Slim []Share
	// FatLayers are FAT's layers, From being "own base" or "image".
	FatLayers []Layer
	// Additions are what comes along though no layer of the user's holds it, and
	// files that were made here.
	Additions []Addition
	// Distributions and Debian are the packages of both images, sorted by name.
	Distributions, Debian []PackageChange
	// Removals are what the base has, and the result has not because FAT has not.
	Removals []Path
}

// Share is what one package, or one place in the tree, has of an image's bytes.
type Share struct {
	Origin Origin
	// Group is the title of what [Plan] counts its paths to; in FAT a share's
	// paths have one verdict. Why is the reason of the largest file.
	Group, Why string
	// Kind is "distribution", "Debian package", or "" of a place.
	Kind, Name, Version string
	Files               int
	Bytes               int64
	Largest             []Sized // its largest files, by path
}

// Origin says from where bytes come, and in FAT whether they stay behind.
type Origin string

// The origins.
const (
	FromBase          Origin = "base"
	FromDebian        Origin = "debian"
	FromDistributions Origin = "distributions"
	FromApplication   Origin = "application"
	FromElsewhere     Origin = "other"
	LeftBehind        Origin = "dropped"
)

// Addition is something that the result gains, with the evidence for that.
type Addition struct {
	Kind          string // "Debian package", "file", or "made here"
	Name, Version string
	Files         int
	Bytes         int64
	Chain         []Link
}

// Kinds of shares and additions.
const (
	KindDistribution = "distribution"
	KindDebian       = "Debian package"
	KindFile         = "file"
	KindMade         = "made here"
)
