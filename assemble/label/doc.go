// Package label has what a result notes of the run that made it, in labels and
// annotations: its source and base, and a key by which a later run sees that it has
// nothing to do.
package label
