// Package trial runs programs of an image in a sandbox: a command, or everything that
// is installed.
package trial
