package ecosystem

// Opening is a library that a file names and may open at run time. It is weaker
// evidence than DT_NEEDED, since the file may work without it.
type Opening struct {
	Dir     string // "" for the loader's directories
	Pattern string // of path.Match: "libmagic.so.1", "libmagic.so*"
	Text    string // the reason for people
}
