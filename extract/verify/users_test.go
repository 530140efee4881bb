package verify_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// USER is in the databases of accounts.
func TestUsers(t *testing.T) {
	t.Parallel()
	vt.Test(t, []vt.Case{
		{
			Name: "the user is missing", Lose: []lt.Entry{lt.File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")},
			Alone:   []string{`users: failure: /etc/passwd: user "app" not found (set by USER)`},
			Against: []string{`users: failure: /etc/passwd: user "app" not found (set by USER)`},
		},
		{
			Name: "the group is missing", Config: func(c *v1.Config) { c.User = "1000:staff" },
			Alone:   []string{`users: failure: /etc/group: group "staff" not found (set by USER)`},
			Against: []string{`users: note: /etc/group: group "staff" not found (set by USER)`},
		},
	})
}
