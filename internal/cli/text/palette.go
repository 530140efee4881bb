package text

// Palette colours words, or leaves them as they are. A colour never is the only sign of a
// meaning.
type Palette bool

// NewPalette decides whether a stream has colours, by https://no-color.org and
// https://bixense.com/clicolors.
func NewPalette(terminal bool, getenv func(string) string) Palette {
	return Palette(terminal && getenv("NO_COLOR") == "" && getenv("CLICOLOR") != "0")
}

// Bad marks an error.
func (p Palette) Bad(s string) string { return p.paint("31", s) } // red

// Good marks a success.
func (p Palette) Good(s string) string { return p.paint("32", s) } // green

// Caution marks a warning.
func (p Palette) Caution(s string) string { return p.paint("33", s) } // yellow

func (p Palette) paint(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
