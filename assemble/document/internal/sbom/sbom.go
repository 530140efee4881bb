// Package sbom writes software bills of materials for an image, in SPDX 2.3 and
// CycloneDX 1.6, from the inventory of [extract.NewInventory].
//
// The same image gives the same bytes: identifiers are derived from its digest, and
// the time is the image's.
package sbom

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	packageurl "github.com/package-url/packageurl-go"

	"github.com/slimify/slimify/extract/inventory"
)

// Image is the image of one platform to describe.
type Image struct {
	// Repository is "registry.example.com/app", or the path of a file or directory.
	Repository string
	// Registry is set if Repository is in a registry.
	Registry bool
	// Digest is its manifest's.
	Digest   v1.Hash
	Platform v1.Platform
	// Created is the image's creation time.
	Created time.Time
	// Tool is slimify's version.
	Tool string
	*inventory.Inventory
}

// home is slimify's address; namespaces of its own begin with it.
const home = "https://github.com/slimify/slimify"

// Name is the last element of the repository.
func (i *Image) Name() string { return path.Base(i.Repository) }

// created is the image's creation time in the form of both formats.
func (i *Image) created() string { return i.Created.UTC().Format(time.RFC3339) }

// PURL is the image's package URL (the type "oci" of the purl specification).
func (i *Image) PURL() string {
	q := map[string]string{"arch": i.Platform.Architecture}
	if i.Registry {
		q["repository_url"] = i.Repository
	}
	return purl("oci", "", strings.ToLower(i.Name()), i.Digest.String(), q)
}

// uuid derives a document's identifier from its format and everything that
// determines its content (RFC 9562, version 8).
func (i *Image) uuid(format string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{format, i.Tool, i.Repository, i.Digest.String()}, "\x00")))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// kind is one of the kinds of packages.
type kind string

const (
	debian       kind = "deb"
	distribution kind = "distribution"
	interpreter  kind = "generic"
)

// item is a package with its kind.
type item struct {
	inventory.Component
	kind kind
	purl string
}

// items lists the Debian packages, the interpreter and the distributions.
func (i *Image) items() []item {
	var out []item
	for _, c := range i.Packages {
		out = append(out, item{c, debian, i.debianPURL(c)})
	}
	if i.Runtime != nil {
		out = append(out, item{*i.Runtime, interpreter, purl("generic", "", i.Runtime.Name, i.Runtime.Version, nil)})
	}
	for _, c := range i.Distributions {
		out = append(out, item{c, distribution, purl(c.Type, "", c.Key, c.Version, nil)})
	}
	return out
}

// id is unique among the packages of the image.
func (it item) id() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{it.purl, it.Location}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// sourceDiffers reports whether a package's source has another name or version.
func (it item) sourceDiffers() bool {
	return it.kind == debian && (it.Source != it.Name || it.SourceVersion != it.Version)
}

// debianPURL is the package URL of a Debian package. Scanners find its source
// by the qualifier "upstream".
func (i *Image) debianPURL(c inventory.Component) string {
	q := map[string]string{"arch": c.Architecture, "distro": i.distro()}
	if c.Source != c.Name || c.SourceVersion != c.Version {
		q["upstream"] = c.Source
		if c.SourceVersion != c.Version {
			q["upstream"] += "@" + c.SourceVersion
		}
	}
	return purl("deb", i.systemID(), c.Name, c.Version, q)
}

// systemID is the ID in os-release, or "debian" if the image has none.
func (i *Image) systemID() string { return cmp.Or(i.System.ID, "debian") }

// distro names the distribution's release: "debian-12".
func (i *Image) distro() string {
	if i.System.VersionID == "" {
		return ""
	}
	return i.systemID() + "-" + i.System.VersionID
}

// purl writes a package URL in canonical form.
func purl(kind, namespace, name, version string, qualifiers map[string]string) string {
	for k, v := range qualifiers {
		if v == "" {
			delete(qualifiers, k)
		}
	}
	return packageurl.NewPackageURL(kind, namespace, name, version, packageurl.QualifiersFromMap(qualifiers), "").String()
}
