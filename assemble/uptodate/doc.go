// Package uptodate finds out whether there is anything to do: whether the destinations are
// what a run would write.
package uptodate
