// Package text words messages: lists of names, counts with nouns, shortened lines.
package text
