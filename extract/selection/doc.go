// Package selection holds verdicts, and the only code that changes one.
//
// decide.go has the order of strength between the user, the rules and what kept paths
// need; rule.go has the rules with their attributes. Most packages of extract build on
// this one; it imports none of them.
package selection
