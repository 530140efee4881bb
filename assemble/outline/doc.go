// Package outline sums a selection for people: groups, packages, and a line for each
// path.
package outline
