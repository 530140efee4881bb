package sbom

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"

	cdx "github.com/CycloneDX/cyclonedx-go"
	version "github.com/knqyf263/go-deb-version"

	"github.com/slimify/slimify/extract/inventory"
)

// CycloneDX describes an image in CycloneDX 1.6, as JSON.
func CycloneDX(img *Image) ([]byte, error) {
	root := cdx.Component{
		BOMRef: img.PURL(), Type: cdx.ComponentTypeContainer, Name: img.Repository, Version: img.Digest.String(), PackageURL: img.PURL(),
		Components: files(img.Files), // files of no package belong to the image
	}
	bom := cdx.NewBOM()
	bom.SerialNumber = "urn:uuid:" + img.uuid("cyclonedx")
	bom.Metadata = &cdx.Metadata{
		Timestamp: img.created(), Component: &root,
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{
			Type: cdx.ComponentTypeApplication, Name: "slimify", Version: img.Tool,
			ExternalReferences: &[]cdx.ExternalReference{{Type: cdx.ERTypeWebsite, URL: home}},
		}}},
	}
	var components []cdx.Component
	if s := img.System; s.ID != "" {
		components = append(components, cdx.Component{
			BOMRef: "system", Type: cdx.ComponentTypeOS, Name: s.ID, Version: s.VersionID, Description: s.Name,
		})
	}
	for _, it := range img.items() {
		components = append(components, component(it))
	}
	refs := make([]string, len(components))
	for i, c := range components {
		refs[i] = c.BOMRef
	}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: root.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	if err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return nil, fmt.Errorf("encoding CycloneDX: %w", err)
	}
	return out.Bytes(), nil
}

// component describes a package with its files.
func component(it item) cdx.Component {
	c := cdx.Component{
		BOMRef: string(it.kind) + "-" + it.id(), Type: cdx.ComponentTypeLibrary, Name: it.Name, Version: it.Version, PackageURL: it.purl,
		Licenses: componentLicenses(it.Licenses), Components: files(it.Files),
	}
	if it.kind == interpreter {
		c.Type = cdx.ComponentTypePlatform
	}
	if it.Location != "" {
		c.Evidence = &cdx.Evidence{Occurrences: &[]cdx.EvidenceOccurrence{{Location: "/" + it.Location}}}
	}
	if it.sourceDiffers() {
		c.Properties = sourceProperties(it)
	}
	return c
}

// componentLicenses writes an expression if SPDX lists all licences, else their
// names: CycloneDX allows either.
func componentLicenses(names []string) *cdx.Licenses {
	if len(names) == 0 {
		return nil
	}
	l := licensesOf(names)
	if len(l.refs) == 0 {
		return &cdx.Licenses{{Expression: l.expression}}
	}
	var out cdx.Licenses
	for _, name := range names {
		out = append(out, cdx.LicenseChoice{License: &cdx.License{Name: name}})
	}
	return &out
}

// trivy is the namespace of properties from which Trivy reads the source of a Debian
// package, to which vulnerabilities refer. Trivy does not read the qualifier of a
// package URL.
const trivy = "aquasecurity:trivy:"

func sourceProperties(it item) *[]cdx.Property {
	out := []cdx.Property{{Name: trivy + "SrcName", Value: it.Source}}
	if v, err := version.NewVersion(it.SourceVersion); err == nil && it.SourceVersion != it.Version {
		out = append(out, cdx.Property{Name: trivy + "SrcVersion", Value: v.Version()})
		if v.Revision() != "" {
			out = append(out, cdx.Property{Name: trivy + "SrcRelease", Value: v.Revision()})
		}
		if v.Epoch() != 0 {
			out = append(out, cdx.Property{Name: trivy + "SrcEpoch", Value: strconv.Itoa(v.Epoch())})
		}
	}
	return &out
}

// files describes files; nil if there are none.
func files(list []inventory.File) *[]cdx.Component {
	if len(list) == 0 {
		return nil
	}
	out := make([]cdx.Component, len(list))
	for i, f := range list {
		out[i] = cdx.Component{Type: cdx.ComponentTypeFile, Name: "/" + f.Path, Hashes: &[]cdx.Hash{
			{Algorithm: cdx.HashAlgoSHA1, Value: hex.EncodeToString(f.SHA1[:])},
			{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(f.SHA256[:])},
		}}
	}
	return &out
}
