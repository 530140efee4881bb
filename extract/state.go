package extract

// State is what passes look at, and what they have decided so far.
type State struct {
	*Image
	base *Base
	opts Options
	sel  *Selection
}
