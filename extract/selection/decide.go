package selection

import (
	"github.com/slimify/slimify/layers"
)

// strength orders decisions about one path: a stronger one replaces a weaker one, and
// the first of two equally strong ones stands. Only the functions of this file decide.
type strength uint8

const (
	undecided     strength = iota
	claimed                // a rule of the table claims the path
	needed                 // something that is kept leads to it
	final                  // see [Rule.Final]
	packaged               // it belongs to a Debian package that is moved whole
	droppedByUser          // --drop
	keptByUser             // --keep
)

// decide gives an item a verdict, unless it has one of the same or greater strength.
// It reports whether the verdict was given.
func (it *Item) decide(by strength, v Verdict, p Part, r Reason) bool {
	if it.strength >= by {
		return false
	}
	it.strength, it.Verdict, it.Part, it.Reason = by, v, p, r
	return true
}

// Claim gives a path the verdict of a rule of the table, unless a rule above claimed
// it before. A path of a cold layer belongs to the part [System], whatever the rule's
// part is.
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
	case it.strength == keptByUser && v == Kept: // the user keeps it, the rule chooses the part
		it.Verdict, it.Part, it.Reason = Kept, p, r
	case v == Dropped && r.Rule.Final:
		it.decide(final, v, p, r)
	default:
		it.decide(claimed, v, p, r)
	}
}

// Need keeps a path to which something kept leads. It reports whether the path is newly
// kept. It does nothing if the user or a final rule dropped the path.
func (s *Selection) Need(n *layers.Node, p Part, r Reason) bool {
	it := s.Add(n)
	return it.Verdict != Kept && it.decide(needed, Kept, p, r)
}

// KeepPackaged keeps a path as part of a Debian package that is moved. It reports
// whether the path is newly kept. It does nothing if the user dropped the path.
func (s *Selection) KeepPackaged(n *layers.Node, r Reason) bool {
	it := s.Add(n)
	return it.Verdict != Kept && it.decide(packaged, Kept, System, r)
}

// Place keeps a path as part of a Debian package and writes it at the path to; "" is
// its own place. It does nothing if the user dropped either.
func (s *Selection) Place(n *layers.Node, to string, r Reason) {
	it := s.Add(n)
	if it.strength == droppedByUser || s.userDrops(to) {
		return
	}
	it.strength = max(it.strength, packaged)
	it.Verdict, it.Part, it.Reason, it.To = Kept, System, r, to
}

// KeepRequested keeps what matches a --keep and no rule has kept. It runs after the
// rules of the table.
func (s *Selection) KeepRequested() {
	s.rulesDone = true
	for _, it := range s.Items {
		if it.strength == keptByUser && it.Verdict != Kept {
			it.Verdict, it.Part = Kept, System
		}
	}
}

// Follow gives an item the verdict of its source, without which it is useless, unless
// a pattern of the user matches the item itself. source is nil if it is left behind
// with the original base image.
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

// Reconsider takes back the verdict of a rule on a directory: [Selection.SettleDirectories]
// decides by its content.
func (s *Selection) Reconsider(it *Item) {
	if it.strength < needed {
		it.strength, it.Verdict = undecided, Undecided
	}
}

// Abandon drops a path that a rule kept as unowned, when its owner is found and left
// behind.
func (s *Selection) Abandon(it *Item, r Reason) {
	if it.strength == claimed {
		it.Verdict, it.Reason = Dropped, r
	}
}

// Reword replaces the reason of a dropped path by a more exact one.
func (s *Selection) Reword(it *Item, r Reason) {
	if it.Verdict == Dropped && it.strength < final {
		it.Reason = r
	}
}

// DropRest drops the paths that nothing has decided.
func (s *Selection) DropRest(r Reason) {
	for _, it := range s.Items {
		if it.Verdict == Undecided {
			it.Verdict, it.Part, it.Reason = Dropped, System, r
		}
	}
}

// MarkInBase marks the paths that the base has with the same content and attributes.
func (s *Selection) MarkInBase(base *layers.Tree) {
	for _, it := range s.Items {
		b, err := base.Lookup(it.Path)
		if err == nil && it.To == "" && b.Same(it.Entry) {
			it.Verdict = InBase
		}
	}
}

// Reuse records the layers of FAT that the result reuses, and keeps the unused paths in
// them, since they come with the layer. below merges them over the base.
func (s *Selection) Reuse(layer []int, unused []*Item, below func() *layers.Tree) {
	s.Reused, s.Below = layer, below
	for _, it := range unused {
		it.Verdict, it.Part = Kept, Dependencies
		it.Reason = Reason{ReusedLayer, "in a reused layer; otherwise dropped: " + it.Reason.Text, it.Reason.From}
	}
}

// DroppedByUser reports whether --drop drops a node of FAT.
func (s *Selection) DroppedByUser(n *layers.Node) bool {
	it := s.Item(n)
	return it != nil && it.strength == droppedByUser
}

// SettleDirectories decides about directories that no rule claimed by itself. One that
// holds something kept is kept. One that is empty in FAT, or has an owner or mode of its
// own, was created on purpose and stays kept if a rule keeps it. One whose content is all
// left behind is dropped. holdsCaches reports directories of caches, which are useless
// when empty.
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
	if it == nil {
		return holds
	}
	if n.Kind != layers.Dir || it.Verdict == Kept && !it.Reason.Rule.ByContent {
		return it.Verdict == Kept
	}
	own := n.UID != 0 || n.GID != 0 || n.Mode != 0o755
	switch {
	case holds:
		if it.Verdict != Kept {
			it.Verdict, it.Reason = Kept, Reason{Rule: ParentDir, Text: "directory of kept paths"}
		}
		return true
	case it.Verdict == Kept && (len(children) == 0 || own && !holdsCaches(n.Path())):
		return true
	case it.Verdict == Kept || len(children) > 0 && it.Verdict == Undecided:
		it.Verdict, it.Reason = Dropped, Reason{Rule: Emptied, Text: "all its content is left behind"}
	}
	return false
}
