// Package analyze finds out what is known of an image's platform before anything is
// written: where its own base ends, which slim base fits, and what is kept.
package analyze
