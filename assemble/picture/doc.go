// Package picture sums whose bytes both images hold and what happened to each, for a page.
package picture
