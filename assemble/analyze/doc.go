// Package analyze finds out what can be known about a platform of an image before anything
// is written: where its original base ends, which slim base fits, and what is kept.
package analyze
