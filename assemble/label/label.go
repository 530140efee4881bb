package label

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/assemble/report"
)

// The labels that a result carries in its config, and as annotations where the type
// of its manifest has them. Those of the base are the OCI image specification's
// pre-defined annotation keys (annotations.md).
const (
	Prefix     = "io.github.slimify."
	BaseName   = "org.opencontainers.image.base.name"
	BaseDigest = "org.opencontainers.image.base.digest"
	Source     = "io.github.slimify.source.digest"
	// Chain is the chain ID of the result's layers: a child image that is built on
	// the result inherits the label but has more layers.
	Chain = "io.github.slimify.chain-id"
	Run   = "io.github.slimify.run" // a [Record]
	Key   = "io.github.slimify.key" // see [KeyOf]
)

// ChainID identifies a stack of layers (OCI image specification, config.md,
// "Layer ChainID").
func ChainID(diffIDs []v1.Hash) string {
	chain := ""
	for i, d := range diffIDs {
		if i == 0 {
			chain = d.String()
			continue
		}
		h, _, _ := v1.SHA256(strings.NewReader(chain + " " + d.String()))
		chain = h.String()
	}
	return chain
}

// IsSlim reports whether the image of a config is a result of slimify.
func IsSlim(config *v1.ConfigFile) bool {
	chain := config.Config.Labels[Chain]
	return chain != "" && chain == ChainID(config.RootFS.DiffIDs)
}

// PreviousBase is the base that an earlier run noted in its result, be it in the labels
// of a config or in annotations.
func PreviousBase(labels map[string]string) report.Base {
	digest, _ := v1.NewHash(labels[BaseDigest]) // zero if somebody changed the label
	return report.Base{Ref: labels[BaseName], Digest: digest, Why: "noted when the image was slimmed"}
}

// NameOfBase is how a result names its base: by its tag if there is one, whether or not a
// digest pins it, so that both ways give one result.
func NameOfBase(ref reference.Ref) string {
	name, _, pinned := strings.Cut(ref.String(), "@")
	if pinned && ref.Transport() == reference.Registry && strings.LastIndexByte(name, ':') > strings.LastIndexByte(name, '/') {
		return name
	}
	return ref.String()
}
