package python

import (
	"context"
	"encoding/base64"
	"path"
	"strconv"
	"strings"

	"github.com/slimify/slimify/extract/check"
	"github.com/slimify/slimify/layers"
)

// checkRecord compares the files of each distribution with its RECORD (the PyPA
// specification "Recording installed projects"). A file that was removed or changed in
// the original image already is not reported.
func checkRecord(_ context.Context, in *check.Input, report func(check.Problem)) (items int, err error) {
	for _, n := range in.Nodes {
		name := n.Path()
		if path.Base(name) != "RECORD" || !strings.HasSuffix(path.Dir(name), distInfo) || n.Kind != layers.File {
			continue
		}
		for _, line := range parseRecord(n.Evidence, path.Dir(path.Dir(name))) {
			if strings.HasSuffix(line.Path, ".pyc") {
				continue // Python makes it again
			}
			items++
			message := ""
			file, err := in.Tree().Resolve(line.Path)
			switch {
			case err != nil:
				message = "missing, but listed in the RECORD of " + recordLabel(name)
			case !matchesRecord(file, line):
				message = "differs from the RECORD of " + recordLabel(name)
			default:
				continue
			}
			report(check.Problem{
				Path: line.Path, Message: message, NewOnly: true, FromBase: in.FromBase(n),
				// The files of a distribution lie in the layer of its RECORD or in
				// those above it: if that was read, they all were.
				In: func(_ context.Context, other *check.Image) (bool, error) {
					same := func(file *layers.Node) bool { return matchesRecord(file, line) }
					return other.FindMerged([]string{line.Path}, same) == nil, nil
				},
			})
		}
	}
	return items, nil
}

// matchesRecord reports whether a file is as its line in RECORD says. Only SHA-256 is
// compared, which all installers write.
func matchesRecord(n *layers.Node, line recordLine) bool {
	if n.Kind != layers.File {
		return line.Hash == ""
	}
	if size, err := strconv.ParseInt(line.Size, 10, 64); err == nil && size != n.Size {
		return false
	}
	sum, ok := strings.CutPrefix(line.Hash, "sha256=")
	return !ok || strings.TrimRight(sum, "=") == base64.RawURLEncoding.EncodeToString(n.Digest[:])
}

// recordLabel names the distribution of a RECORD for people: "flask 3.0.3".
func recordLabel(record string) string {
	stem := strings.TrimSuffix(path.Base(path.Dir(record)), distInfo)
	return strings.Replace(stem, "-", " ", 1)
}
