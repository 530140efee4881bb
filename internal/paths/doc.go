// Package paths joins, splits and compares slash-separated paths of images.
package paths
