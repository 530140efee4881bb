// Package ecosystem is the interface between general code and one language's runtime and
// packages.
//
// To add a language, write a package beside python that fills an [Ecosystem], and add it
// to the table in package extract. General packages call the functions of [Ecosystem] and
// [Selecting], and never name a language.
package ecosystem
