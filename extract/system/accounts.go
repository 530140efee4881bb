package system

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// accountFiles are the databases of users and groups, each a list of lines
// with the name before the first colon (passwd(5), group(5), shadow(5)).
var accountFiles = []string{passwdFile, groupFile, shadowFile, gshadowFile}

const (
	passwdFile  = "etc/passwd"
	groupFile   = "etc/group"
	shadowFile  = "etc/shadow"
	gshadowFile = "etc/gshadow"
)

// ClaimAccounts merges the databases that user layers changed: FAT's accounts with their
// ids, and the accounts that only the base has.
func ClaimAccounts(s *selection.State, claim selection.ClaimFunc) {
	for _, name := range accountFiles {
		n, err := s.Upper().Lookup(name)
		if err != nil || n.Kind != layers.File || n.Evidence == nil {
			continue
		}
		claim(n, "the image's accounts and those of the base", "")
		base, err := s.Base.Tree.ReadFile(name)
		if err != nil {
			continue // the base lacks the file: FAT's is copied
		}
		merged := mergeAccounts(n.Evidence, base)
		if bytes.Equal(merged, n.Evidence) {
			continue
		}
		e := *n.Entry
		e.Name = name
		generateAccounts(s, e, merged, selection.Reason{Rule: selection.Accounts, Text: "the image's accounts and those of the base", From: name})
	}
}

// generateAccounts adds a database with that content.
func generateAccounts(s *selection.State, e layers.Entry, content []byte, r selection.Reason) {
	e.Size, e.Digest, e.Evidence = int64(len(content)), sha256.Sum256(content), nil
	s.Selection.Generate(selection.Generated{Entry: e, Content: content, Part: selection.System, Reason: r})
}

// mergeAccounts returns FAT's lines, then the base's lines with names and ids that FAT
// does not have.
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

// account returns a line's name, and its id if the third field is an id.
func account(line string) (name, id string) {
	f := strings.Split(strings.TrimSpace(line), ":")
	if len(f) > 3 && len(f) != 9 { // shadow has nine fields, and no id
		id = f[2]
	}
	return f[0], id
}

// CopyAccounts adds accounts of the original base image to databases that user layers
// did not change: the container's user, and the owners of kept paths.
func CopyAccounts(ctx context.Context, s *selection.State) error {
	users, groups := wantedAccounts(s)
	passwd, err := copyLines(ctx, s, passwdFile, users)
	if err != nil {
		return err
	}
	for _, line := range passwd {
		users = append(users, nameOf(line))
		if f := strings.Split(line, ":"); len(f) > 3 {
			groups = append(groups, f[3])
		}
	}
	group, err := copyLines(ctx, s, groupFile, groups)
	if err != nil {
		return err
	}
	for _, secret := range []struct {
		file  string
		lines []string
	}{{shadowFile, passwd}, {gshadowFile, group}} {
		var names []string
		for _, line := range secret.lines {
			names = append(names, nameOf(line))
		}
		if _, err := copyLines(ctx, s, secret.file, names); err != nil {
			return err
		}
	}
	return nil
}

func nameOf(line string) string {
	name, _ := account(line)
	return name
}

// firstUserID is the first id of people's accounts (adduser.conf(5)): of these, official
// images have only nobody.
const firstUserID = 1000

// wantedAccounts lists the names or ids of the users and groups in the config and among
// the owners of kept paths. An owner without an account is allowed (COPY --chown=1000).
func wantedAccounts(s *selection.State) (users, groups []string) {
	user, group, _ := strings.Cut(s.Config.Config.User, ":")
	users, groups = append(users, user), append(groups, group)
	for _, it := range s.Selection.Items {
		if it.Verdict == selection.Kept {
			users, groups = append(users, strconv.Itoa(it.UID)), append(groups, strconv.Itoa(it.GID))
		}
	}
	official := func(id string) bool {
		n, err := strconv.Atoi(id)
		return id == "" || err == nil && (n == 0 || n >= firstUserID)
	}
	for _, list := range []*[]string{&users, &groups} {
		slices.Sort(*list)
		*list = slices.DeleteFunc(slices.Compact(*list), official)
	}
	return users, groups
}

// copyLines adds to a database of the base the lines of the original base image with one
// of these names or ids, unless the base has them. It returns the added lines.
func copyLines(ctx context.Context, s *selection.State, file string, wanted []string) ([]string, error) {
	b, err := s.Base.Tree.Resolve(file)
	if err != nil || s.Upper().Hides(file) {
		return nil, nil // the user's layers have the database themselves
	}
	missing := make(map[string]bool)
	for _, key := range wanted {
		missing[key] = true
	}
	for line := range strings.Lines(string(b.Evidence)) {
		name, id := account(line)
		delete(missing, name)
		delete(missing, id)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	fat, err := s.Stack.ReadFile(ctx, file)
	if layers.NotExist(err) || errors.Is(err, layers.ErrNotCaptured) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	content := mergeAccounts(b.Evidence, nil)
	for line := range strings.Lines(string(fat)) {
		if name, id := account(line); missing[name] || id != "" && missing[id] {
			lines = append(lines, strings.TrimSpace(line))
			content = append(content, strings.TrimSpace(line)+"\n"...)
		}
	}
	if len(lines) > 0 {
		e := *b.Entry
		e.Name = file
		generateAccounts(s, e, content, selection.Reason{Rule: selection.Accounts, Text: "an account of the original base image, which the image uses", From: file})
	}
	return lines, nil
}
