package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/slimify/slimify/layers"
)

// checkUsers looks up the user and the group that USER names. A container of an
// unknown user does not start.
func checkUsers(ctx context.Context, s *scene, report func(candidate)) (looked int, err error) {
	user, group, _ := strings.Cut(s.Config.User, ":")
	for _, a := range []struct{ kind, name, file string }{
		{"user", user, "etc/passwd"}, {"group", group, "etc/group"},
	} {
		if a.name == "" {
			continue
		}
		looked++
		if _, err := strconv.Atoi(a.name); err == nil {
			continue // an id needs no name
		}
		known, err := s.image.hasAccount(ctx, a.file, a.name)
		if err != nil {
			return looked, err
		}
		if known {
			continue
		}
		report(candidate{
			path: a.file, message: fmt.Sprintf("there is no %s %q, whom USER names", a.kind, a.name), certain: true,
			holds: func(ctx context.Context, other *Image) (bool, error) {
				known, err := other.hasAccount(ctx, a.file, a.name)
				return !known, err
			},
		})
	}
	return looked, nil
}

// hasAccount looks for a name in a database of accounts (passwd(5), group(5)).
func (img *Image) hasAccount(ctx context.Context, file, name string) (bool, error) {
	data, err := img.Stack.ReadFile(ctx, file)
	if absent(err) || errors.Is(err, layers.ErrNotCaptured) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(data)) {
		if got, _, ok := strings.Cut(line, ":"); ok && got == name {
			return true, nil
		}
	}
	return false, nil
}
