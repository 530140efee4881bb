package selection

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
)

// Image is one platform of the image to slim.
type Image struct {
	Config  *v1.ConfigFile
	Stack   *layers.Stack
	Runtime Runtime
	Suite   string // Debian's codename: "bookworm"
	// Blobs and Tables are the layers, lowest first; the tables of those that
	// were not read are nil. Without them no layer is used whole.
	Blobs  []v1.Descriptor
	Tables []*layers.Table
}

// Upper is the user's layers.
func (in *Image) Upper() *layers.Tree { return in.Stack.Upper }

// Runtime is the interpreter that an image starts its application with.
type Runtime struct {
	Name    string // the ecosystem's; "" if none was found
	Version string // "3.12.4"; "" if it is not known
}

// String is "python 3.12.4".
func (r Runtime) String() string { return strings.TrimSpace(r.Name + " " + r.Version) }

// ParseRuntime reads what [Runtime.String] returned.
func ParseRuntime(s string) Runtime {
	name, version, _ := strings.Cut(s, " ")
	return Runtime{name, version}
}

// Base is the slim image to build on.
type Base struct {
	Config  *v1.ConfigFile
	Tree    *layers.Tree
	Runtime Runtime
	Suite   string
	Tables  []*layers.Table // of its layers, lowest first
}

// Options are what the user may say of the selection.
type Options struct {
	Keep, Drop []Pattern
	// Minimal leaves out what only the rule "unowned" claims, and copied files
	// outside of WORKDIR.
	Minimal bool
	// Accept are the IDs of questions that the user answers with no: what they
	// are about may stay behind.
	Accept []string
}

// Verdict says what becomes of a path.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota // no rule has spoken yet
	Kept                     // written to a new layer
	InBase                   // kept, and the base already has it so
	Dropped                  // left behind
)

func (v Verdict) String() string {
	return [...]string{"undecided", "kept", "in the base", "dropped"}[v]
}

// Part is one of the layers that a selection is written to, lowest first:
// what changes least comes first, so that a change of the application pushes
// the application alone.
type Part uint8

// The parts.
const (
	System       Part = iota // accounts, data, configuration
	Dependencies             // installed distributions
	Application              // the user's own files
	numParts
)

func (p Part) String() string {
	return [...]string{"system", "dependencies", "application"}[p]
}

// Parts lists all parts, lowest first.
func Parts() []Part { return []Part{System, Dependencies, Application} }

// Reason says why a path has its verdict.
type Reason struct {
	Rule *Rule
	Text string // for people: "RECORD of flask 2.3.2"
	From string // the path that is the evidence; "" if it is no path
}

// Item is a path of FAT with its verdict.
type Item struct {
	*layers.Node
	Path string
	// To is where the path is written if not at its own place.
	To      string
	Verdict Verdict
	Part    Part
	Reason  Reason

	strength strength // of the decision that stands
}

// Generated is a file whose content is made here rather than copied, or a
// directory.
type Generated struct {
	Entry   layers.Entry
	Content []byte
	// In is the directory of FAT's user layers that holds it; nil if the
	// directories above are the base's or made too.
	In     *layers.Node
	Part   Part
	Reason Reason
}

// Removal is a path that the base has and FAT has not.
type Removal struct {
	Path   string
	Reason Reason
}

// Question is something that evidence cannot decide, grouped by what it is
// about: whether the application needs a tool of the fat base that slim lacks.
// What it is about stays behind unless the user keeps it.
type Question struct {
	ID       string    // stable: "tool:git"; --accept names it
	Text     string    // for people: "git is called, and the base lacks it"
	Keep     string    // what --keep would bring it: "deb:git"
	Mentions []Mention // the evidence, in order of path and line
}

// Mention is a place in a file that names something.
type Mention struct {
	Path string
	Line int    // from 1; 0 if the file has no lines
	Text string // the line's own words, shortened
}

// Warning is something that a person should know. Code is stable, for scripts.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Selection holds a verdict for every path of the user's layers and for what
// was asked of the layers below.
type Selection struct {
	// Items are in the order of [layers.Tree.Walk]; paths that came from cold
	// layers follow.
	Items         []*Item
	Generated     []Generated
	Removals      []Removal
	Distributions []Distribution
	// Packages are the Debian packages that come along, whole.
	Packages []Package
	// Reused are the layers of FAT that the result holds as they are, lowest
	// first.
	Reused []int
	// Questions are what a person must look at.
	Questions []Question
	Warnings  []Warning

	byNode map[*layers.Node]*Item
	Below  func() *layers.Tree // the base with the layers in Reused; nil if there are none
	// said is what the user says of a path, nil if nothing of any; keepSaid is set
	// once the rules have spoken.
	said     Said
	keepSaid bool
}

// Said returns what the user says of a path: [Kept] or [Dropped] with a reason, or
// [Undecided] for what is left to the rules. n is nil for a path that no layer of
// FAT has.
type Said func(name string, n *layers.Node) (Verdict, Reason)

// NewSelection returns a selection of a tree's paths about which nothing is
// decided but what the user says. said is asked of later paths too.
func NewSelection(t *layers.Tree, said Said) *Selection {
	s := &Selection{byNode: make(map[*layers.Node]*Item), said: said}
	t.Walk(func(n *layers.Node) bool {
		if !n.Implied {
			s.Add(n)
		}
		return true
	})
	return s
}

// Item returns the item of a node, or nil.
func (s *Selection) Item(n *layers.Node) *Item { return s.byNode[n] }

// Add returns the item of a node; a node that has none gets one.
func (s *Selection) Add(n *layers.Node) *Item {
	it := s.byNode[n]
	if it != nil {
		return it
	}
	it = &Item{Node: n, Path: n.Path()}
	s.Items = append(s.Items, it)
	s.byNode[n] = it
	if s.said != nil {
		switch verdict, reason := s.said(it.Path, n); verdict {
		case Kept: // until the rules have spoken, they say of which part it is
			it.strength, it.Reason = keptByUser, reason
			if s.keepSaid {
				it.Verdict, it.Part = Kept, System
			}
		case Dropped:
			it.strength, it.Verdict, it.Reason = droppedByUser, Dropped, reason
		}
	}
	return it
}

// Generate adds a file that is made here, instead of another of that name. What
// the user dropped is not made.
func (s *Selection) Generate(g Generated) {
	if s.saysDrop(g.Entry.Name) {
		return
	}
	s.Generated = slices.DeleteFunc(s.Generated, func(o Generated) bool { return o.Entry.Name == g.Entry.Name })
	s.Generated = append(s.Generated, g)
}

// saysDrop reports whether the user drops a path that no layer of FAT has.
func (s *Selection) saysDrop(name string) bool {
	if s.said == nil {
		return false
	}
	verdict, _ := s.said(name, nil)
	return verdict == Dropped
}

func (s *Selection) Warn(code, format string, args ...any) {
	s.Warnings = append(s.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// Distribution is an installed Python distribution.
type Distribution struct {
	Ecosystem string // whose installer recorded it: "python"
	Name      string // as its metadata directory spells it
	Key       string // the name in the form in which names are compared
	Version   string // "" if the directory's name does not tell
	// Metadata is the path of its .dist-info or .egg-info.
	Metadata string
	// Files is how many paths its list of files names that exist, Bytes their
	// size.
	Files int
	Bytes int64
}

// Label names a distribution for people.
func (d Distribution) Label() string { return strings.TrimSpace(d.Name + " " + d.Version) }
