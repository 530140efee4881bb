// Package imageconfig reads what an image's configuration and history say: variables, what starts, and which
// step of a Dockerfile made which layer.
package imageconfig
