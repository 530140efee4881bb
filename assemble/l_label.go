package assemble

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
	labelPrefix     = "io.github.slimify."
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
	labelSource     = "io.github.slimify.source.digest"
	// labelChain is the chain ID of the result's layers: a child image that is built on
	// the result inherits the label but has more layers.
	labelChain = "io.github.slimify.chain-id"
	labelRun   = "io.github.slimify.run" // a [Record]
	labelKey   = "io.github.slimify.key" // see [keyOf]
)

// chainID identifies a stack of layers (OCI image specification, config.md,
// "Layer ChainID").
func chainID(diffIDs []v1.Hash) string {
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

// isSlim reports whether the image of a config is a result of slimify.
func isSlim(config *v1.ConfigFile) bool {
	chain := config.Config.Labels[labelChain]
	return chain != "" && chain == chainID(config.RootFS.DiffIDs)
}

// previousBase is the base that an earlier run noted in its result, be it in the labels
// of a config or in annotations.
func previousBase(labels map[string]string) report.Base {
	digest, _ := v1.NewHash(labels[labelBaseDigest]) // zero if somebody changed the label
	return report.Base{Ref: labels[labelBaseName], Digest: digest, Why: "noted when the image was slimmed"}
}

// nameOfBase is how a result names its base: by its tag where one was given, whether
// or not a digest pins it. So both ways give one result.
func nameOfBase(ref reference.Ref) string {
	name, _, pinned := strings.Cut(ref.String(), "@")
	if pinned && ref.Transport() == reference.Registry && strings.LastIndexByte(name, ':') > strings.LastIndexByte(name, '/') {
		return name
	}
	return ref.String()
}
