// Package picture draws up what a page shows of a run: whose bytes both images hold,
// and what became of each.
package picture
