package selection

// State is an image and its base with what was decided about them: so far, while passes
// run, and in the end.
type State struct {
	*Image
	Base      *Base
	Options   Options
	Selection *Selection
}
