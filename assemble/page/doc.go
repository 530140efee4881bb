// Package page renders reports for people: as a self-contained HTML page, and as
// Markdown for comments and step summaries. It is pure: the same report gives the
// same bytes.
//
// Everything from an image is hostile: names of files, versions, labels and
// instructions may contain anything. Characters that are not printable are
// replaced, long texts are shortened, html/template escapes by context, and
// Markdown has its own escaping. Lists are shortened until the document is
// within its limit, and each states how many rows it leaves out.
package page
