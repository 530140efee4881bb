// Package rawjson encodes values as other tools write manifests and configs.
package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Marshal encodes a value without escaping for HTML and without a newline at the end.
// Keys of maps are sorted, so that the bytes depend on the content only.
func Marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding JSON: %w", err)
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
