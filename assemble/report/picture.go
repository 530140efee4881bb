package report

// Picture shows whose bytes both images hold and what happened to each, summed over files.
// Lists have the largest first.
type Picture struct {
	// Fat and Slim account for all bytes that a container of each image sees. A second name
	// of a file has none.
	Fat, Slim []Share
	// FatLayers are the layers of the source; From is "original base" or "image".
	FatLayers []Layer
	// Additions are copied from the original base image, or are files that slimify made.
	Additions []Addition
	// Distributions and Debian are the packages of both images, sorted by name.
	Distributions, Debian []PackageChange
	// Removals are in the base and not in the result, since the source lacks them.
	Removals []Path
}

// Share is what one package, or one place in the tree, has of the bytes of an image.
type Share struct {
	Origin Origin
	// Group is the title of the plan's group that has its paths; in the source a share's
	// paths have one verdict. Why is the reason of the largest file.
	Group, Why string
	// Kind is "package", "Debian package", or "" for a place.
	Kind, Name, Version string
	Ecosystem           string // of a package: "python"
	Files               int
	Bytes               int64
	Largest             []Sized // its largest files, by path
}

// Origin is where bytes come from, and in the source whether they are dropped.
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
	Kind          string // "Debian package", "file", or "generated"
	Name, Version string
	Files         int
	Bytes         int64
	Chain         []Link
}

// Kinds of shares and additions.
const (
	KindDistribution = "package"
	KindDebian       = "Debian package"
	KindFile         = "file"
	KindGenerated    = "generated"
)
