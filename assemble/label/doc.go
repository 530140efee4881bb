// Package label has what a result notes about the run that made it, in labels and
// annotations: its source and base, and a key that shows a later run that it has nothing to
// do.
package label
