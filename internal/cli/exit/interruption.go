package exit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slimify/slimify/assemble"
)

// Interruption is the error of a run that was broken off: by what, says nothing, but what
// was written by then does.
func Interruption(err error) error {
	var placed *assemble.PlacedError
	if errors.As(err, &placed) {
		return fmt.Errorf("interrupted; %s is in place", strings.Join(placed.Refs, ", "))
	}
	return errors.New("interrupted")
}
