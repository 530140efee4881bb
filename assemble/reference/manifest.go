package reference

import (
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	// maxManifest is the size in bytes that registries must accept
	// (distribution specification, "Pushing Manifests"), and the most that is
	// read here.
	maxManifest = 4 << 20
	// maxConfig is the maximum size of an image's config, in bytes.
	maxConfig = 16 << 20
	// maxNesting is the maximum depth of nested indexes.
	maxNesting = 3
)

// checkManifest returns the media type of raw and refuses everything but images and
// indexes of OCI or Docker's schema 2. claimed is the media type from a response or
// a descriptor. A claim of the other kind is an error (a manifest that one tool
// reads as an index and another as an image is an attack, see CVE-2021-41190). A
// generic claim such as application/json is ignored, since static registries send
// it. The returned media type is the body's own if it has one.
//
// An error has only the reason; the caller names the object.
func checkManifest(raw []byte, claimed types.MediaType) (types.MediaType, error) {
	if len(raw) > maxManifest {
		return "", errManifestSize
	}
	var body struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     types.MediaType `json:"mediaType"`
		Manifests     json.RawMessage `json:"manifests"`
		Layers        json.RawMessage `json:"layers"`
		Config        *v1.Descriptor  `json:"config"`
		FSLayers      json.RawMessage `json:"fsLayers"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", fmt.Errorf("the manifest is malformed: %w", err)
	}
	switch {
	case body.SchemaVersion == 1 || body.FSLayers != nil || claimed.IsSchema1() || body.MediaType.IsSchema1():
		return "", errors.New("it is a Docker schema 1 image, which registries no longer support; pull and push it with a current Docker to convert it")
	case body.Manifests != nil && (body.Layers != nil || body.Config != nil):
		return "", errors.New("the manifest has both layers and manifests, so tools would disagree about what it is")
	case body.Manifests == nil && body.Config == nil:
		return "", errors.New("the manifest is neither an image nor an index")
	}
	isIndex := body.Manifests != nil
	for _, mt := range []types.MediaType{body.MediaType, claimed} {
		if (isIndex && mt.IsImage()) || (!isIndex && mt.IsIndex()) {
			return "", fmt.Errorf("the manifest disagrees with its media type %q", mt)
		}
	}
	if isIndex {
		return indexType(raw, body.MediaType, claimed)
	}
	return imageType(raw, body.Config.MediaType, body.MediaType, claimed)
}

func indexType(raw []byte, own, claimed types.MediaType) (types.MediaType, error) {
	var m v1.IndexManifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return "", fmt.Errorf("the index is malformed: %w", err)
	}
	if err := checkDescriptors(m.Manifests); err != nil {
		return "", err
	}
	switch {
	case own.IsIndex():
		return own, nil
	case own != "":
		return "", fmt.Errorf("its media type %q is not an image index's", own)
	case claimed.IsIndex():
		return claimed, nil
	default:
		return types.OCIImageIndex, nil
	}
}

func imageType(raw []byte, config, own, claimed types.MediaType) (types.MediaType, error) {
	var m v1.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return "", fmt.Errorf("the manifest is malformed: %w", err)
	}
	if err := checkDescriptors(append([]v1.Descriptor{m.Config}, m.Layers...)); err != nil {
		return "", err
	}
	if m.Config.Size > maxConfig {
		return "", fmt.Errorf("its config is larger than %d MiB", maxConfig>>20)
	}
	switch {
	case own.IsImage():
		return own, nil
	case own != "":
		return "", fmt.Errorf("its media type %q is not an image manifest's", own)
	case claimed.IsImage():
		return claimed, nil
	case config == types.DockerConfigJSON:
		return types.DockerManifestSchema2, nil
	default:
		return types.OCIManifestSchema1, nil
	}
}

func checkDescriptors(descs []v1.Descriptor) error {
	for _, d := range descs {
		if d.Size < 0 || d.Digest.Hex == "" {
			return fmt.Errorf("the manifest is malformed: descriptor %q of %d bytes", d.Digest, d.Size)
		}
	}
	return nil
}
