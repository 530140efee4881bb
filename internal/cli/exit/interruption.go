package exit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slimify/slimify/assemble"
)

// Interruption is the error of an interrupted run. Its cause does not matter, but it names
// what was written before.
func Interruption(err error) error {
	var placed *assemble.PlacedError
	if errors.As(err, &placed) {
		return fmt.Errorf("interrupted; already written: %s", strings.Join(placed.Refs, ", "))
	}
	return errors.New("interrupted")
}
