package extract

import (
	"context"
	"path"
)

// need is what a distribution cannot do without and does not bring.
type need struct {
	tool    string // a command
	library string // a pattern of a library's name
}

// needs maps distributions, by normalized name, to what they need of the system.
// Only what they are useless without stands here: what is kept for them is kept
// without asking.
var needs = map[string]need{
	"gitpython":    {tool: "git"},
	"gitchangelog": {tool: "git"},
	"gitlint-core": {tool: "git"},
	"commitizen":   {tool: "git"},
	"pre-commit":   {tool: "git"},
	"python-hglib": {tool: "hg"},
	"svn":          {tool: "svn"},
	"python-gnupg": {tool: "gpg"},
	"ansible-core": {tool: "ssh"},
	"wand":         {library: "libMagickWand-*.so*"}, // it tries names that it makes of versions
}

// claimNeeds claims the tools that installed distributions need.
func claimNeeds(ctx context.Context, st *starter, distributions []Distribution) error {
	for _, d := range distributions {
		n := needs[normalize(d.Name)]
		if n.tool == "" {
			continue
		}
		names := st.programs(n.tool, place{})
		if _, err := st.find(ctx, names, d.label()+" calls it", path.Join(d.Metadata, "METADATA"), false); err != nil {
			return err
		}
	}
	return nil
}

// recordOf returns the name of the distribution whose list of files an item is.
func recordOf(it *Item) (name string, ok bool) {
	if last := it.Base(); last != "RECORD" && last != "installed-files.txt" {
		return "", false
	}
	name, _, ok = metadataOf(it.Parent())
	return name, ok
}
