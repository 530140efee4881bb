package label

import (
	"encoding/json"

	"github.com/slimify/slimify/internal/rawjson"
)

// Record is what a result notes about the run that made it, in addition to the digest of
// the source and the name and digest of the base.
type Record struct {
	Version  string `json:"version"` // of slimify
	Platform string `json:"platform,omitempty"`
	// Runtime and Release chose the base: the runtime with its version ("python 3.12.4") and
	// the codename of the Debian release.
	Runtime   string   `json:"runtime"`
	Release   string   `json:"release"`
	Undecided []string `json:"undecided"` // IDs
	Verify    string   `json:"verify"`
}

// Labels are the record and the place of the key; none for a nil record.
func (rec *Record) Labels() (map[string]string, error) {
	if rec == nil {
		return map[string]string{}, nil
	}
	raw, err := rawjson.Marshal(rec)
	return map[string]string{Run: string(raw), Key: blankKey}, err
}

// ParseRecord reads a record from labels or annotations; nil if there is none.
func ParseRecord(labels map[string]string) *Record {
	var rec Record
	if json.Unmarshal([]byte(labels[Run]), &rec) != nil || rec.Version == "" {
		return nil
	}
	return &rec
}
