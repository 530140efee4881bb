// Package follow keeps what kept files lead to: targets of links, and interpreters of
// scripts.
//
// It runs after the rules, on what they kept. Libraries come later, in package native.
package follow
