package main

// palette colours words: few, and never the only sign of what they say.
type palette bool

// newPalette decides for a stream whether it has colours, as https://no-color.org
// and https://bixense.com/clicolors have it.
func newPalette(terminal bool, getenv func(string) string) palette {
	return palette(terminal && getenv("NO_COLOR") == "" && getenv("CLICOLOR") != "0")
}

func (p palette) bad(s string) string { return p.paint("31", s) } // red

func (p palette) good(s string) string { return p.paint("32", s) } // green

func (p palette) doubt(s string) string { return p.paint("33", s) } // yellow

func (p palette) paint(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
