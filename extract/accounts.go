package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strings"

	"github.com/slimify/slimify/layers"
)

// accountFiles are the databases of users and groups, each a list of lines
// with the name before the first colon (passwd(5), group(5), shadow(5)).
var accountFiles = []string{"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"}

// claimAccounts merges the databases that user layers changed: FAT's accounts
// with their ids, and those that only the base has.
func claimAccounts(_ context.Context, s *scene, claim claimFunc) error {
	for _, name := range accountFiles {
		n, err := s.tree().Lookup(name)
		if err != nil || n.Kind != layers.File || n.Evidence == nil {
			continue
		}
		claim(n, "FAT's accounts and those of the base", "")
		base, err := s.base.Tree.ReadFile(name)
		if err != nil {
			continue // the base has none: FAT's file is copied
		}
		merged := mergeAccounts(n.Evidence, base)
		if bytes.Equal(merged, n.Evidence) {
			continue
		}
		e := *n.Entry
		e.Name, e.Size, e.Digest = name, int64(len(merged)), sha256.Sum256(merged)
		s.sel.Generated = append(s.sel.Generated, Generated{
			Entry: e, Content: merged, Part: System, Reason: Reason{"accounts", "FAT's accounts and those of the base", name},
		})
	}
	return nil
}

// mergeAccounts returns FAT's lines, then the base's of names and ids that FAT
// has not.
func mergeAccounts(fat, base []byte) []byte {
	names, ids := make(map[string]bool), make(map[string]bool)
	out := bytes.Clone(fat)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	for line := range strings.Lines(string(fat)) {
		name, id := account(line)
		names[name], ids[id] = true, true
	}
	for line := range strings.Lines(string(base)) {
		name, id := account(line)
		if !names[name] && (id == "" || !ids[id]) && strings.TrimSpace(line) != "" {
			out = append(out, strings.TrimSuffix(line, "\n")+"\n"...)
		}
	}
	return out
}

// account returns a line's name, and its id if the third field is one.
func account(line string) (name, id string) {
	f := strings.Split(strings.TrimSpace(line), ":")
	if len(f) > 3 && len(f) != 9 { // shadow has nine fields, and no id
		id = f[2]
	}
	return f[0], id
}
