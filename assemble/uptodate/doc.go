// Package uptodate finds out whether there is anything to do.
package uptodate
