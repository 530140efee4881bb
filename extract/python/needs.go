package python

import (
	"path"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
)

// systemNeed is what a distribution requires of the system.
type systemNeed struct {
	tool    string // a command
	library string // a pattern of a library's name
}

// systemNeeds maps distributions, by normalized name, to what they require of the system.
// It lists only what they are useless without, since that is kept without a question.
var systemNeeds = map[string]systemNeed{
	"gitpython":    {tool: "git"},
	"gitchangelog": {tool: "git"},
	"gitlint-core": {tool: "git"},
	"commitizen":   {tool: "git"},
	"pre-commit":   {tool: "git"},
	"python-hglib": {tool: "hg"},
	"svn":          {tool: "svn"},
	"python-gnupg": {tool: "gpg"},
	"ansible-core": {tool: "ssh"},
	"wand":         {library: "libMagickWand-*.so*"}, // it opens names that it builds from versions
}

// neededTools lists the tools that installed distributions require.
func neededTools(distributions []selection.Distribution) []ecosystem.Tool {
	var out []ecosystem.Tool
	for _, d := range distributions {
		if n := systemNeeds[Normalize(d.Name)]; n.tool != "" {
			out = append(out, ecosystem.Tool{Name: n.tool, Text: d.Label() + " calls it", From: path.Join(d.Metadata, "METADATA")})
		}
	}
	return out
}

// openedLibraries lists the libraries that a distribution requires, for the item that is
// its list of files.
func openedLibraries(it *selection.Item) []ecosystem.Opening {
	if d, ok := recordOf(it); ok && systemNeeds[Normalize(d)].library != "" {
		return []ecosystem.Opening{{Pattern: systemNeeds[Normalize(d)].library, Text: d + " opens it"}}
	}
	return nil
}

// recordOf returns the name of the distribution whose list of files an item is.
func recordOf(it *selection.Item) (name string, ok bool) {
	if last := it.Base(); last != "RECORD" && last != "installed-files.txt" {
		return "", false
	}
	name, _, ok = metadataOf(it.Parent())
	return name, ok
}
