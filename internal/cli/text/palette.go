package text

// Palette colours words: few, and never the only sign of what they say.
type Palette bool

// NewPalette decides for a stream whether it has colours, as https://no-color.org
// and https://bixense.com/clicolors have it.
func NewPalette(terminal bool, getenv func(string) string) Palette {
	return Palette(terminal && getenv("NO_COLOR") == "" && getenv("CLICOLOR") != "0")
}

func (p Palette) Bad(s string) string { return p.paint("31", s) } // red

func (p Palette) Good(s string) string { return p.paint("32", s) } // green

func (p Palette) Doubt(s string) string { return p.paint("33", s) } // yellow

func (p Palette) paint(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
