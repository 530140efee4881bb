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
	Release string // Debian's codename: "bookworm"
	// Blobs and Tables are the layers, lowest first; the table of a layer that was not
	// read is nil. Without them no layer is reused.
	Blobs  []v1.Descriptor
	Tables []*layers.Table
}

// Upper is the user's layers.
func (in *Image) Upper() *layers.Tree { return in.Stack.Upper }

// Runtime is the interpreter that runs an image's application.
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
	Release string
	Tables  []*layers.Table // of its layers, lowest first
}

// Options are the user's options for a selection.
type Options struct {
	Keep, Drop []Pattern
	// Minimal leaves out what only the rule "unowned" claims, and copied files
	// outside of WORKDIR.
	Minimal bool
	// Accept are the IDs of questions that the user accepts: what they ask about may
	// be left behind.
	Accept []string
}

// Verdict is the decision about a path.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota // no rule has claimed it yet
	Kept                     // written to a new layer
	InBase                   // kept, and the base has it with the same content and attributes
	Dropped                  // left behind
)

func (v Verdict) String() string {
	return [...]string{"undecided", "kept", "in the base", "dropped"}[v]
}

// Part is one of the layers that a selection is written to, lowest first. What changes
// least is lowest, so that a change of the application pushes only the application.
type Part uint8

// The parts.
const (
	System       Part = iota // accounts, data, configuration
	Dependencies             // packages of an ecosystem
	Application              // the user's own files
	numParts
)

func (p Part) String() string {
	return [...]string{"system", "dependencies", "application"}[p]
}

// Parts lists all parts, lowest first.
func Parts() []Part { return []Part{System, Dependencies, Application} }

// Reason is why a path has its verdict.
type Reason struct {
	Rule *Rule
	Text string // for people: "RECORD of flask 2.3.2"
	From string // the path that is the evidence; "" if the evidence has no path
}

// Item is a path of FAT with its verdict.
type Item struct {
	*layers.Node
	Path string
	// To is where the path is written; "" for its own place.
	To      string
	Verdict Verdict
	Part    Part
	Reason  Reason

	strength strength // of the decision that stands
}

// Generated is a file or directory that slimify writes itself instead of copying it
// from FAT.
type Generated struct {
	Entry   layers.Entry
	Content []byte
	// In is the directory of FAT's user layers that holds it; nil if the directory is
	// the base's or generated too.
	In     *layers.Node
	Part   Part
	Reason Reason
}

// Removal is a path of the base that FAT does not have.
type Removal struct {
	Path   string
	Reason Reason
}

// Question is something that evidence cannot decide, such as whether the application
// needs a tool that the slim base lacks. The tool is left behind unless the user keeps
// it. There is one question per tool, with all places that name it.
type Question struct {
	ID       string    // stable: "tool:git"; --accept names it
	Text     string    // for people: "git is called, but the base lacks it"
	Keep     string    // the argument of --keep that keeps it: "deb:git"
	Mentions []Mention // the evidence, in order of path and line
}

// Mention is a place in a file that names something.
type Mention struct {
	Path string
	Line int    // from 1; 0 if the file has no lines
	Text string // the line's text, shortened
}

// Warning is a message for people. Code is stable, for scripts.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Selection holds a verdict for every path of the user's layers, and for the paths of
// cold layers that something kept needs.
type Selection struct {
	// Items are in the order of [layers.Tree.Walk]; paths of cold layers follow.
	Items         []*Item
	Generated     []Generated
	Removals      []Removal
	Distributions []Distribution
	// Packages are the Debian packages that are moved to SLIM.
	Packages []Package
	// Reused are the layers of FAT that the result reuses, lowest first.
	Reused []int
	// Questions need a person's decision.
	Questions []Question
	Warnings  []Warning

	byNode map[*layers.Node]*Item
	Below  func() *layers.Tree // the base with the layers in Reused; nil if there are none
	// userVerdict is nil if the user gave no pattern; rulesDone is set when all rules of
	// the table have run.
	userVerdict UserVerdict
	rulesDone   bool
}

// UserVerdict returns the user's verdict on a path: [Kept] or [Dropped] with a reason,
// or [Undecided] if the rules decide. n is nil for a path that no layer of FAT has.
type UserVerdict func(name string, n *layers.Node) (Verdict, Reason)

// NewSelection returns a selection of a tree's paths in which only the user's patterns
// have decided. They apply to paths that are added later, too.
func NewSelection(t *layers.Tree, user UserVerdict) *Selection {
	s := &Selection{byNode: make(map[*layers.Node]*Item), userVerdict: user}
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

// Add returns the item of a node, and adds one if there is none.
func (s *Selection) Add(n *layers.Node) *Item {
	it := s.byNode[n]
	if it != nil {
		return it
	}
	it = &Item{Node: n, Path: n.Path()}
	s.Items = append(s.Items, it)
	s.byNode[n] = it
	if s.userVerdict != nil {
		switch verdict, reason := s.userVerdict(it.Path, n); verdict {
		case Kept: // a rule that runs later still chooses the part
			it.strength, it.Reason = keptByUser, reason
			if s.rulesDone {
				it.Verdict, it.Part = Kept, System
			}
		case Dropped:
			it.strength, it.Verdict, it.Reason = droppedByUser, Dropped, reason
		}
	}
	return it
}

// Generate adds a generated file; it replaces one of the same name. A path that the
// user dropped is not generated.
func (s *Selection) Generate(g Generated) {
	if s.userDrops(g.Entry.Name) {
		return
	}
	s.Generated = slices.DeleteFunc(s.Generated, func(o Generated) bool { return o.Entry.Name == g.Entry.Name })
	s.Generated = append(s.Generated, g)
}

// userDrops reports whether the user drops a path that no layer of FAT has.
func (s *Selection) userDrops(name string) bool {
	if s.userVerdict == nil {
		return false
	}
	verdict, _ := s.userVerdict(name, nil)
	return verdict == Dropped
}

// Warn adds a warning.
func (s *Selection) Warn(code, format string, args ...any) {
	s.Warnings = append(s.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// Distribution is a package that an ecosystem's installer recorded (PEP 376's term).
type Distribution struct {
	Ecosystem string // whose installer recorded it: "python"
	Name      string // as its metadata directory spells it
	Key       string // the name in the form in which names are compared
	Version   string // "" if it is unknown
	// Metadata is the path of its record, such as a .dist-info directory.
	Metadata string
	// Files is how many of the paths in its list of files exist, Bytes their size.
	Files int
	Bytes int64
}

// Label is the name and version for people.
func (d Distribution) Label() string { return strings.TrimSpace(d.Name + " " + d.Version) }
