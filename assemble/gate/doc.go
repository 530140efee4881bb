// Package gate has the limits for a result, and the errors for results that exceed them.
package gate
