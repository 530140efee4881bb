package batch

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/usage"
)

// Shard is the part of a list that one of several machines processes. The zero value is
// the whole list.
type Shard struct{ index, total uint64 }

// ParseShard parses I/N, I from 0, or /N with I from the environment: JOB_COMPLETION_INDEX
// of Kubernetes, or CI_NODE_INDEX of GitLab, which counts from 1. Without a flag it uses
// GitLab's CI_NODE_INDEX and CI_NODE_TOTAL, if they are set.
func ParseShard(flag string, getenv func(string) string) (Shard, error) {
	completion, node := getenv("JOB_COMPLETION_INDEX"), getenv("CI_NODE_INDEX")
	from, index, total := "--shard "+flag, "", ""
	switch {
	case flag != "":
		var slash bool
		if index, total, slash = strings.Cut(flag, "/"); !slash {
			return Shard{}, usage.Errorf("%s: write I/N, I from 0, or /N", from)
		}
	case node != "" && getenv("CI_NODE_TOTAL") != "":
		from, total = "CI_NODE_INDEX and CI_NODE_TOTAL", getenv("CI_NODE_TOTAL")
		completion = "" // not an index of that total
	case completion != "":
		return Shard{}, usage.Errorf("JOB_COMPLETION_INDEX is set, but the number of jobs is unknown: give --shard /N, or --shard 0/1 for the whole list")
	default:
		return Shard{}, nil
	}
	first := uint64(0)
	if index == "" {
		if index = completion; index == "" {
			index, first = node, 1
		}
		if index == "" {
			return Shard{}, usage.Errorf("%s: neither JOB_COMPLETION_INDEX nor CI_NODE_INDEX is set; write I/N, I from 0", from)
		}
	}
	i, ierr := strconv.ParseUint(index, 10, 32)
	n, nerr := strconv.ParseUint(total, 10, 32)
	if ierr != nil || nerr != nil || i < first || i-first >= n {
		return Shard{}, usage.Errorf("%s: invalid part %q of %q; parts count from %d", from, index, total, first)
	}
	return Shard{i - first, n}, nil
}

// Of returns the pairs of the shard. All pairs of one source repository are in the same
// shard, since they share layers. Other pairs in the list do not change that.
func (s Shard) Of(pairs []Pair) []Pair {
	if s.total <= 1 {
		return pairs
	}
	var out []Pair
	for _, p := range pairs {
		if repositoryHash(p.Source)%s.total == s.index {
			out = append(out, p)
		}
	}
	return out
}

// repositoryHash is a hash of the repository of an image.
func repositoryHash(ref reference.Ref) uint64 {
	repository := ref.Repository()
	if name := ref.Name(); name != nil {
		repository = name.Context().Name()
	}
	sum := sha256.Sum256([]byte(repository))
	return binary.BigEndian.Uint64(sum[:])
}
