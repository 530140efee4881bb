// Package build makes the layers, the config and the manifest of a result, and checks
// what was written against the plan.
package build
