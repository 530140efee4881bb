package selection

// State is what passes read, and what they have decided so far.
type State struct {
	*Image
	Base      *Base
	Options   Options
	Selection *Selection
}
