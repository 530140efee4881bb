// Package system has the rules for what any Debian image holds: accounts, directories,
// caches, secrets, devices, and the application's own files.
//
// Each file is one subject. What belongs to Debian packages is in package debian.
package system
