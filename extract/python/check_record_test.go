package python_test

import (
	"testing"

	vt "github.com/slimify/slimify/internal/verifytest"
	lt "github.com/slimify/slimify/layers/layertest"
)

// The files of distributions are as RECORD says.
func TestCheckRecord(t *testing.T) {
	t.Parallel()
	vt.Test(t, []vt.Case{
		{
			Name: "a file is missing", Lose: []lt.Entry{lt.Whiteout(vt.Site + "/psycopg2/__init__.py")},
			Alone:   []string{"record: note: /" + vt.Site + "/psycopg2/__init__.py: missing, but listed in the RECORD of psycopg2 2.9"},
			Against: []string{"record: failure: /" + vt.Site + "/psycopg2/__init__.py: missing, but listed in the RECORD of psycopg2 2.9"},
		},
		{
			Name: "a file was replaced", Lose: []lt.Entry{lt.File(vt.Site+"/psycopg2/__init__.py", "from psycopg2._psycopg import nothing\n")},
			Alone:   []string{"record: note: /" + vt.Site + "/psycopg2/__init__.py: differs from the RECORD of psycopg2 2.9"},
			Against: []string{"record: failure: /" + vt.Site + "/psycopg2/__init__.py: differs from the RECORD of psycopg2 2.9"},
		},
	})
}
