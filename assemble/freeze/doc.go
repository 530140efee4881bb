// Package freeze writes what a result has installed as pinned requirements.
package freeze
