// Package compare puts two images side by side: layers, files, packages, settings.
package compare
