// Package evidence keeps what the rules read of files, while layers are indexed.
//
// [Capturer] decides by a file's name and first bytes what to keep: the content, an ELF
// file's dynamic section, a script's first line, what a source imports and calls. The
// functions [ELF], [Source], [Shell] and [Shebang] read it back from a node. It knows
// languages only by the [Language] that an ecosystem gives; it imports nothing of extract.
package evidence
