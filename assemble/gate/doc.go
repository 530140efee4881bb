// Package gate has the limits that a result must keep to, and the errors of those that
// do not.
package gate
