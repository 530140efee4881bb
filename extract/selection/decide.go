package selection

import (
	"github.com/slimify/slimify/layers"
)

// strength orders decisions about one path: a stronger one replaces a weaker one,
// and of two that are equally strong the first stands. Only the functions of this
// file decide.
type strength uint8

const (
	undecided     strength = iota
	claimed                // a rule of the table speaks for the path
	needed                 // something that is kept leads to it
	final                  // see [Rule.Final]
	packaged               // a Debian package holds it that comes along whole
	droppedByUser          // --drop
	keptByUser             // --keep
)

// decide gives an item a verdict unless a decision stands that is as strong. It
// reports whether it did.
func (it *Item) decide(by strength, v Verdict, p Part, r Reason) bool {
	if it.strength >= by {
		return false
	}
	it.strength, it.Verdict, it.Part, it.Reason = by, v, p, r
	return true
}

// Claim gives a path the verdict of a rule of the table, unless a rule above it
// spoke before. A path of a cold layer is the system's, whatever the rule's part
// is.
func (s *Selection) Claim(n *layers.Node, r Reason) {
	if n.Implied {
		return
	}
	v, p := r.Rule.Verdict, r.Rule.Part
	it := s.byNode[n]
	if it == nil {
		it, p = s.Add(n), System
	}
	if it.Verdict != Undecided {
		return
	}
	switch {
	case it.strength == keptByUser && v == Kept: // the user's word, and the rule's layer
		it.Verdict, it.Part, it.Reason = Kept, p, r
	case v == Dropped && r.Rule.Final:
		it.decide(final, v, p, r)
	default:
		it.decide(claimed, v, p, r)
	}
}

// Need keeps a path to which something kept leads. It reports whether that is
// news: the path was not kept, and neither the user nor a final rule dropped it.
func (s *Selection) Need(n *layers.Node, p Part, r Reason) bool {
	it := s.Add(n)
	return it.Verdict != Kept && it.decide(needed, Kept, p, r)
}

// KeepPackaged keeps a path as part of a Debian package that comes along. It
// reports whether that is news: the path was not kept, and the user did not drop
// it.
func (s *Selection) KeepPackaged(n *layers.Node, r Reason) bool {
	it := s.Add(n)
	return it.Verdict != Kept && it.decide(packaged, Kept, System, r)
}

// Place keeps a path as part of a Debian package, to be written at another place
// than its own; "" is its own. What the user dropped stays behind.
func (s *Selection) Place(n *layers.Node, to string, r Reason) {
	it := s.Add(n)
	if it.strength == droppedByUser || s.saysDrop(to) {
		return
	}
	it.strength = max(it.strength, packaged)
	it.Verdict, it.Part, it.Reason, it.To = Kept, System, r, to
}

// KeepSaid keeps what the user asked for and no rule keeps.
func (s *Selection) KeepSaid() {
	s.keepSaid = true
	for _, it := range s.Items {
		if it.strength == keptByUser && it.Verdict != Kept {
			it.Verdict, it.Part = Kept, System
		}
	}
}

// Follow gives an item the verdict of another, which it is of no use without,
// unless the user speaks of it by name. source is nil for one that stays behind
// with the image's base.
func (s *Selection) Follow(it, source *Item, kept, dropped Reason) {
	if it.strength == droppedByUser || it.strength == keptByUser {
		return
	}
	switch {
	case source != nil && source.Verdict == Kept:
		it.strength, it.Verdict, it.Part, it.Reason = claimed, Kept, source.Part, kept
	case source != nil && source.strength == droppedByUser:
		it.strength, it.Verdict, it.Part, it.Reason = droppedByUser, Dropped, source.Part, dropped
	default:
		it.strength, it.Verdict, it.Part, it.Reason = claimed, Dropped, Dependencies, dropped
	}
}

// Reconsider takes the verdict of a rule back: what the path holds will decide.
func (s *Selection) Reconsider(it *Item) {
	if it.strength < needed {
		it.strength, it.Verdict = undecided, Undecided
	}
}

// Abandon drops a path that a rule kept because nobody was known to own it, when
// its owner turns out to stay behind.
func (s *Selection) Abandon(it *Item, r Reason) {
	if it.strength == claimed {
		it.Verdict, it.Reason = Dropped, r
	}
}

// Reword gives a dropped path a better reason.
func (s *Selection) Reword(it *Item, r Reason) {
	if it.Verdict == Dropped && it.strength < final {
		it.Reason = r
	}
}

// DropRest drops what nobody spoke for.
func (s *Selection) DropRest(r Reason) {
	for _, it := range s.Items {
		if it.Verdict == Undecided {
			it.Verdict, it.Part, it.Reason = Dropped, System, r
		}
	}
}

// MarkInBase notes the paths that the base has already, as FAT has them.
func (s *Selection) MarkInBase(base *layers.Tree) {
	for _, it := range s.Items {
		b, err := base.Lookup(it.Path)
		if err == nil && it.To == "" && b.Same(it.Entry) {
			it.Verdict = InBase
		}
	}
}

// Reuse notes the layers of FAT that the result holds as they are, and keeps what
// lies in them though nobody asked for it. below merges them over the base.
func (s *Selection) Reuse(layer []int, unused []*Item, below func() *layers.Tree) {
	s.Reused, s.Below = layer, below
	for _, it := range unused {
		it.Verdict, it.Part = Kept, Dependencies
		it.Reason = Reason{ReusedLayer, "in a layer that is used whole, though " + it.Reason.Text, it.Reason.From}
	}
}

// DroppedByUser reports whether --drop left a node of FAT out.
func (s *Selection) DroppedByUser(n *layers.Node) bool {
	it := s.Item(n)
	return it != nil && it.strength == droppedByUser
}

// SettleDirectories gives verdicts to directories for which no rule spoke with
// certainty: one that holds something kept is kept, one that was made empty or
// with an owner or a mode of its own was made on purpose, and one whose
// content was all left behind goes too. holdsCaches names directories that are of
// no use when they are empty.
func (s *Selection) SettleDirectories(root *layers.Node, holdsCaches func(name string) bool) {
	s.settle(root, holdsCaches)
}

// settle returns whether anything at or below n is kept.
func (s *Selection) settle(n *layers.Node, holdsCaches func(string) bool) bool {
	holds := false
	children := n.Children()
	for _, c := range children {
		if s.settle(c, holdsCaches) {
			holds = true
		}
	}
	it := s.Item(n)
	if n.Kind != layers.Dir || it == nil {
		return it != nil && it.Verdict == Kept
	}
	if it.Verdict == Kept && !it.Reason.Rule.ByContent {
		return true
	}
	own := n.UID != 0 || n.GID != 0 || n.Mode != 0o755
	emptied := len(children) > 0 && holdsCaches(n.Path())
	switch {
	case holds:
		if it.Verdict != Kept {
			it.Verdict, it.Reason = Kept, Reason{Rule: ParentDir, Text: "directory of kept paths"}
		}
		return true
	case it.Verdict == Kept && (own && !emptied || len(children) == 0):
		return true
	case it.Verdict == Kept || len(children) > 0 && it.Verdict == Undecided:
		it.Verdict, it.Reason = Dropped, Reason{Rule: Emptied, Text: "all it holds was left behind"}
	}
	return false
}
