package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/layers"
)

// checkUsers looks up the user and the group of USER. A container with an unknown user
// does not start.
func checkUsers(ctx context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	user, group, _ := strings.Cut(in.Config.User, ":")
	for _, a := range []struct{ kind, name, file string }{
		{"user", user, "etc/passwd"}, {"group", group, "etc/group"},
	} {
		if a.name == "" {
			continue
		}
		items++
		if _, err := strconv.Atoi(a.name); err == nil {
			continue // an id needs no name
		}
		known, err := hasAccount(ctx, in.Image, a.file, a.name)
		if err != nil {
			return items, err
		}
		if known {
			continue
		}
		report(check.Problem{
			Path: a.file, Message: fmt.Sprintf("%s %q not found (set by USER)", a.kind, a.name), Fatal: true,
			In: func(ctx context.Context, other *check.Image) (bool, error) {
				known, err := hasAccount(ctx, other, a.file, a.name)
				return !known, err
			},
		})
	}
	return items, nil
}

// hasAccount looks for a name in an image's passwd(5) or group(5).
func hasAccount(ctx context.Context, img *check.Image, file, name string) (bool, error) {
	data, err := img.Stack.ReadFile(ctx, file)
	if check.NotFound(err) || errors.Is(err, layers.ErrNotCaptured) {
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
