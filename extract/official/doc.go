// Package official describes official images: the shape of their history, their tags,
// their Debian release, and what a fat one holds.
//
// An ecosystem gives a [Family] of images; [Boundary] finds in an image's history where
// the official image ends and the user's layers begin. It knows no language by name.
package official
