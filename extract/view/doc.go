// Package view resolves paths in FAT and in SLIM, through all symlinks on the way.
//
// [Route] lists the links of FAT that a path leads through; [View] shows SLIM as decided
// so far. Of extract it imports only selection.
package view
