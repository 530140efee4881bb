package lockfile

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxKeys bounds the keys of one table and the different table headers of a
// document. A lock file has at most one key for each distribution.
const maxKeys = 3_000

// crowded reports whether a TOML document exceeds maxKeys. go-toml compares each key
// with all others of its table to find duplicates: a few megabytes of keys would take
// hours.
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

// header joins the parts of a dotted key.
func header(key unstable.Iterator) string {
	var parts []string
	for key.Next() {
		parts = append(parts, string(key.Node().Data))
	}
	return strings.Join(parts, "\x00")
}

// wide reports whether a value is or contains an inline table with too many
// keys.
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
