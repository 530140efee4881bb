// Package page renders a report for people: as a page of HTML that needs
// nothing but itself, and as Markdown for comments and step summaries. It is pure:
// a report in, bytes out; the same report gives the same bytes.
//
// Whatever comes from an image is hostile: names of files, versions, labels and
// instructions may hold anything. What is not printable is replaced, long texts
// are cut, the templates of html/template escape by context, and Markdown has
// escaping of its own. Lists are cut until the document keeps to its limit, and
// each says what it leaves out.
package page
