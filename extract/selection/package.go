package selection

// Package is a Debian package that is moved from FAT to SLIM.
type Package struct {
	Name, Version string
	// Why is the reason for the whole package.
	Why Reason
	// Known reports whether SLIM's dpkg knows it as installed. Otherwise status.d lists
	// it, and Unmet is the reason.
	Known bool
	Unmet string
	Files int
	Bytes int64
}
