package tablecache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/slimify/slimify/layers"
)

// errDamaged is returned for data that is not an encoded table.
var errDamaged = errors.New("damaged table")

// An encoded table has three sections, each preceded by its length: numbers
// (varints and digests), texts (names and links, one after another) and
// evidence. The texts of a decoded table share one string.

// encode encodes a table.
func encode(t *layers.Table) []byte {
	var numbers, texts, evidence []byte
	text := func(s string) {
		numbers = binary.AppendUvarint(numbers, uint64(len(s)))
		texts = append(texts, s...)
	}
	numbers = binary.AppendUvarint(numbers, uint64(t.Bytes))
	numbers = binary.AppendUvarint(numbers, uint64(len(t.Entries)))
	for i := range t.Entries {
		e := &t.Entries[i]
		text(e.Name)
		text(e.Link)
		numbers = append(numbers, byte(e.Kind))
		for _, v := range []int64{int64(e.Mode), int64(e.UID), int64(e.GID), e.Size, e.ModTime} {
			numbers = binary.AppendVarint(numbers, v)
		}
		numbers = binary.AppendUvarint(numbers, uint64(len(e.Xattrs)))
		for _, k := range slices.Sorted(maps.Keys(e.Xattrs)) {
			text(k)
			text(e.Xattrs[k])
		}
		if e.Kind == layers.File {
			numbers = append(numbers, e.Digest[:]...)
			// One more than the length: 0 means that there is no evidence.
			known := uint64(0)
			if e.Evidence != nil {
				known = 1 + uint64(len(e.Evidence))
			}
			numbers = binary.AppendUvarint(numbers, known)
			evidence = append(evidence, e.Evidence...)
		}
	}
	var out []byte
	for _, section := range [][]byte{numbers, texts, evidence} {
		out = binary.AppendUvarint(out, uint64(len(section)))
		out = append(out, section...)
	}
	return out
}

// decode decodes a table.
func decode(data []byte) (*layers.Table, error) {
	var sections [3][]byte
	for i := range sections {
		n, used := binary.Uvarint(data)
		if used <= 0 || n > uint64(len(data)-used) {
			return nil, errDamaged
		}
		sections[i], data = data[used:used+int(n)], data[used+int(n):]
	}
	d := &decoder{numbers: sections[0], texts: string(sections[1]), evidence: bytes.Clone(sections[2])}
	t := &layers.Table{Bytes: int64(d.uvarint())}
	count := d.uvarint()
	if count > uint64(len(d.numbers)) { // each entry takes more than a byte
		return nil, errDamaged
	}
	t.Entries = make([]layers.Entry, count)
	for i := range t.Entries {
		d.entry(&t.Entries[i])
	}
	if d.bad || len(data) > 0 || len(d.numbers) > 0 || len(d.texts) > 0 || len(d.evidence) > 0 {
		return nil, fmt.Errorf("%w: lengths do not agree", errDamaged)
	}
	return t, nil
}

// decoder takes values from the front of the sections. A missing value is zero
// and sets bad.
type decoder struct {
	numbers  []byte
	texts    string
	evidence []byte
	bad      bool
}

func (d *decoder) entry(e *layers.Entry) {
	e.Name, e.Link = d.text(), d.text()
	e.Kind = layers.Kind(d.take(1)[0])
	e.Mode, e.UID, e.GID = uint32(d.varint()), int(d.varint()), int(d.varint())
	e.Size, e.ModTime = d.varint(), d.varint()
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		if e.Xattrs == nil {
			e.Xattrs = make(map[string]string)
		}
		k := d.text()
		e.Xattrs[k] = d.text()
	}
	if e.Kind != layers.File {
		return
	}
	copy(e.Digest[:], d.take(len(e.Digest)))
	if n := d.uvarint(); n > 0 {
		if n--; n > uint64(len(d.evidence)) {
			d.bad = true
			return
		}
		e.Evidence, d.evidence = d.evidence[:n:n], d.evidence[n:]
	}
}

func (d *decoder) take(n int) []byte {
	if n > len(d.numbers) {
		d.bad = true
		return make([]byte, n)
	}
	out := d.numbers[:n]
	d.numbers = d.numbers[n:]
	return out
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.numbers)
	return d.advance(v, n)
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.numbers)
	return int64(d.advance(uint64(v), n))
}

func (d *decoder) advance(v uint64, n int) uint64 {
	if n <= 0 {
		d.bad, d.numbers = true, nil
		return 0
	}
	d.numbers = d.numbers[n:]
	return v
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.texts)) {
		d.bad = true
		return ""
	}
	out := d.texts[:n]
	d.texts = d.texts[n:]
	return out
}
