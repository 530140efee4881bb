package gate

import (
	"fmt"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// Limits are limits of size that a result must keep to. The zero value sets none.
type Limits struct {
	// MaxSize is the largest size of a platform in compressed bytes, as registries show it;
	// 0 means any.
	MaxSize int64
	// MinSaving is the least part of the source's compressed bytes that a platform must
	// save, from 0 to 1; 0 means any.
	MinSaving float64
}

// Error is a platform that exceeds a limit. Nothing was written.
type Error struct {
	Ref      string
	Platform string
	Size     report.Change // compressed bytes
	Limits
}

// TooLarge reports whether the size is the reason, and not the saving.
func (e *Error) TooLarge() bool { return e.MaxSize > 0 && e.Size.After > e.MaxSize }

func (e *Error) Error() string {
	if e.TooLarge() {
		return fmt.Sprintf("%s (%s) has %d bytes compressed, more than the %d allowed", e.Ref, e.Platform, e.Size.After, e.MaxSize)
	}
	return fmt.Sprintf("%s (%s) saves %.1f%% of %d bytes compressed, less than the %.1f%% wanted",
		e.Ref, e.Platform, 100*saving(e.Size), e.Size.Before, 100*e.MinSaving)
}

// Check returns an [*Error] if a platform of these compressed sizes exceeds a limit.
func (l Limits) Check(ref, platform string, size report.Change) error {
	e := &Error{ref, platform, size, l}
	if e.TooLarge() || l.MinSaving > 0 && saving(size) < l.MinSaving {
		return e
	}
	return nil
}

// saving is the part of the bytes that was saved; it is negative if there are more.
func saving(c report.Change) float64 {
	if c.Before == 0 {
		return 0
	}
	return 1 - float64(c.After)/float64(c.Before)
}

// UndecidedError is an image with undecided items in a strict run. Nothing was written.
type UndecidedError struct{ Items []report.Undecided }

func (e *UndecidedError) Error() string {
	ids := make([]string, len(e.Items))
	for i, u := range e.Items {
		ids[i] = u.ID
	}
	return "undecided under --strict: " + strings.Join(ids, ", ")
}

// LargerError is a result that would be larger than its source.
type LargerError struct {
	Ref           string
	Before, After int64 // bytes, compressed
}

func (e *LargerError) Error() string {
	return fmt.Sprintf("the result would be larger than %s: %d bytes instead of %d", e.Ref, e.After, e.Before)
}
