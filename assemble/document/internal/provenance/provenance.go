// Package provenance writes in-toto statements about how an image was built: a
// version 1 Statement with SLSA's version 1 provenance as its predicate. It is not
// signed.
//
// It holds no time and no ID of the run: the same image built from the same
// inputs gives the same bytes.
package provenance

import (
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Types of the statement and its predicate, by the in-toto attestation framework and
// SLSA.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://slsa.dev/provenance/v1"
)

// BuildType identifies the meaning of the parameters; docs/supply-chain.md
// documents them.
const BuildType = "https://github.com/slimify/slimify/blob/main/docs/supply-chain.md#build-type-v1"

// Builder is the builder's ID: the program, on whatever machine it ran. A platform
// that vouches for the run signs the statement.
const Builder = "https://github.com/slimify/slimify"

// Parameters are what the user chose, the documented external parameters of
// [BuildType].
type Parameters struct {
	Source      string   `json:"source"`
	Base        string   `json:"base"`
	FatBase     string   `json:"fatBase,omitempty"`
	Platform    string   `json:"platform"`
	Keep        []string `json:"keep,omitempty"`
	Drop        []string `json:"drop,omitempty"`
	Accept      []string `json:"accept,omitempty"`
	Minimal     bool     `json:"minimal,omitempty"`
	Compression string   `json:"compression,omitempty"`
}

// Dependency is an image used as input.
type Dependency struct {
	Name   string // "source" or "base"
	URI    string // a package URL
	Digest v1.Hash
}

type statement struct {
	Type          string     `json:"_type"`
	Subject       []resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     predicate  `json:"predicate"`
}

// resource is a ResourceDescriptor.
type resource struct {
	Name   string            `json:"name,omitempty"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	BuildDefinition struct {
		BuildType            string     `json:"buildType"`
		ExternalParameters   Parameters `json:"externalParameters"`
		ResolvedDependencies []resource `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID      string            `json:"id"`
			Version map[string]string `json:"version"`
		} `json:"builder"`
	} `json:"runDetails"`
}

// New writes the statement about the image with that digest in a repository.
// version is slimify's.
func New(repository string, digest v1.Hash, p Parameters, from []Dependency, version string) ([]byte, error) {
	s := statement{
		Type: StatementType, PredicateType: PredicateType,
		Subject: []resource{{Name: repository, Digest: map[string]string{digest.Algorithm: digest.Hex}}},
	}
	def := &s.Predicate.BuildDefinition
	def.BuildType, def.ExternalParameters = BuildType, p
	for _, d := range from {
		def.ResolvedDependencies = append(def.ResolvedDependencies, resource{
			Name: d.Name, URI: d.URI, Digest: map[string]string{d.Digest.Algorithm: d.Digest.Hex},
		})
	}
	s.Predicate.RunDetails.Builder.ID = Builder
	s.Predicate.RunDetails.Builder.Version = map[string]string{"slimify": version}
	out, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encoding provenance: %w", err)
	}
	return append(out, '\n'), nil
}
