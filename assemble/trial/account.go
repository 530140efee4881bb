package trial

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers"
)

// account is the user that an image's programs run as.
type account struct {
	uid, gid int
	home     string
}

// accountOf reads USER as container runtimes do: a name or an id, and perhaps a group,
// which defaults to the user's own.
func accountOf(c *v1.Config, tree *layers.Tree) (account, error) {
	a := account{home: "/"}
	user, group, _ := strings.Cut(c.User, ":")
	user = cmp.Or(user, "0")
	id, err := strconv.Atoi(user)
	known := false
	for _, fields := range database(tree, "etc/passwd", 7) {
		if fields[0] != user && (err != nil || fields[2] != user) {
			continue
		}
		uid, uerr := strconv.Atoi(fields[2])
		gid, gerr := strconv.Atoi(fields[3])
		if uerr == nil && gerr == nil {
			a, known = account{uid, gid, cmp.Or(fields[5], "/")}, true
			break
		}
	}
	if !known {
		if err != nil {
			return a, &NoUserError{user}
		}
		a.uid = id
	}
	if group == "" {
		return a, nil
	}
	if a.gid, err = strconv.Atoi(group); err == nil {
		return a, nil
	}
	for _, fields := range database(tree, "etc/group", 4) {
		if gid, gerr := strconv.Atoi(fields[2]); fields[0] == group && gerr == nil {
			a.gid = gid
			return a, nil
		}
	}
	return a, &NoUserError{user + ":" + group}
}

// database reads a database of accounts (passwd(5), group(5)).
func database(tree *layers.Tree, name string, fields int) [][]string {
	data, err := tree.ReadFile(name)
	if err != nil {
		return nil // an image need not have one
	}
	var out [][]string
	for line := range bytes.Lines(data) {
		if f := strings.Split(strings.TrimSpace(string(line)), ":"); len(f) == fields {
			out = append(out, f)
		}
	}
	return out
}
