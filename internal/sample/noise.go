package sample

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// noise returns text that depends only on the seed and that gzip compresses to
// about 40%, as it does programs: stretches of random letters, each followed by
// as many equal ones.
func noise(seed string, size int) string {
	const stretch = 512 // bytes; a multiple of 8
	sum := sha256.Sum256([]byte(seed))
	rng := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
	out := bytes.Repeat([]byte{' '}, size+8)
	for i := 0; i < size; i += 8 {
		if i/stretch%2 == 0 {
			// Eight letters of 64, from "0" to "o".
			binary.LittleEndian.PutUint64(out[i:], rng.Uint64()&0x3f3f3f3f3f3f3f3f+0x3030303030303030)
		}
	}
	return string(out[:size])
}
