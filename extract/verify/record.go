package verify

import (
	"context"
	"encoding/base64"
	"path"
	"strconv"
	"strings"

	"github.com/slimify/slimify/extract/python"
	"github.com/slimify/slimify/layers"
)

// checkRecord compares the files of each distribution with what its RECORD says
// of them (the PyPA specification "Recording installed projects"). What somebody
// removed or changed in the image that it was made of stays as it was there.
func checkRecord(_ context.Context, s *scene, report func(candidate)) (looked int, err error) {
	for _, n := range s.nodes {
		name := n.Path()
		if path.Base(name) != "RECORD" || !strings.HasSuffix(path.Dir(name), ".dist-info") || n.Kind != layers.File {
			continue
		}
		for _, line := range python.ParseRecord(n.Evidence, path.Dir(path.Dir(name))) {
			if strings.HasSuffix(line.Path, ".pyc") {
				continue // Python makes it again
			}
			looked++
			message := ""
			file, err := s.Tree.Resolve(line.Path)
			switch {
			case err != nil:
				message = "is not there, though " + label(name) + " installed it"
			case !recorded(file, line):
				message = "is not what " + label(name) + " installed"
			default:
				continue
			}
			report(unrecorded(line, message, s.inherited(n)))
		}
	}
	return looked, nil
}

// unrecorded is what is told of a line that does not hold.
func unrecorded(line python.RecordLine, message string, inherited bool) candidate {
	return candidate{
		path: line.Path, message: message, own: true, inherited: inherited,
		// A distribution lies in one layer or in those above it: where its RECORD
		// was read, all of its files were.
		holds: func(_ context.Context, other *Image) (bool, error) {
			same := func(file *layers.Node) bool { return recorded(file, line) }
			return other.findUpper([]string{line.Path}, same) == nil, nil
		},
	}
}

// recorded reports whether a file is as RECORD says. Only SHA-256 is known, as
// installers write it.
func recorded(n *layers.Node, line python.RecordLine) bool {
	if n.Kind != layers.File {
		return line.Hash == ""
	}
	if size, err := strconv.ParseInt(line.Size, 10, 64); err == nil && size != n.Size {
		return false
	}
	sum, ok := strings.CutPrefix(line.Hash, "sha256=")
	return !ok || strings.TrimRight(sum, "=") == base64.RawURLEncoding.EncodeToString(n.Digest[:])
}

// label names the distribution of a RECORD: "flask 3.0.3".
func label(record string) string {
	stem := strings.TrimSuffix(path.Base(path.Dir(record)), ".dist-info")
	return strings.Replace(stem, "-", " ", 1)
}
