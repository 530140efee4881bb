package selection

// Package is a Debian package of FAT that SLIM gains.
type Package struct {
	Name, Version string
	// Why is the reason for the whole package.
	Why Reason
	// Known reports whether SLIM's dpkg knows it as installed. Otherwise status.d
	// tells of it, as Unmet says why.
	Known bool
	Unmet string
	Files int
	Bytes int64
}
