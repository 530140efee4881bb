// Package document makes documents about a result, such as bills of materials and
// provenance, and attaches them to it.
package document
