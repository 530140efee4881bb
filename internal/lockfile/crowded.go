package lockfile

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxKeys is how many keys one table may have, and a document headers of tables that
// differ. A lock file has a key for each distribution at most.
const maxKeys = 3_000

// crowded reports whether a TOML document has a table with more keys than that. To find
// what stands twice, go-toml looks for each key among all others of its table: of some
// megabytes that would take hours.
func crowded(data []byte) bool {
	var p unstable.Parser
	p.Reset(data)
	headers := make(map[string]bool)
	keys := 0 // below the last header
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			headers[header(e.Key())] = true
			keys = 0
		case unstable.KeyValue:
			keys++
			if wide(e.Value()) {
				return true
			}
		}
		if max(keys, len(headers)) > maxKeys {
			return true
		}
	}
	return false
}

// header is a dotted key as one text.
func header(key unstable.Iterator) string {
	var parts []string
	for key.Next() {
		parts = append(parts, string(key.Node().Data))
	}
	return strings.Join(parts, "\x00")
}

// wide reports whether a value is an inline table with too many keys, or holds one.
func wide(value *unstable.Node) bool {
	keys := 0
	for child := value.Children(); child.Next(); {
		n := child.Node()
		if value.Kind == unstable.InlineTable {
			keys++
			n = n.Value()
		}
		if keys > maxKeys || wide(n) {
			return true
		}
	}
	return false
}
