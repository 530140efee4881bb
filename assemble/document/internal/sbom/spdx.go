package sbom

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/slimify/slimify/extract/inventory"
)

// unknown is SPDX's value for what was not determined.
const unknown = "NOASSERTION"

const (
	documentID common.ElementID = "DOCUMENT"
	imageID    common.ElementID = "Image"
)

// SPDX describes an image in SPDX 2.3, as JSON.
func SPDX(img *Image) ([]byte, error) {
	w := &spdxWriter{img: img, files: make(map[string]bool), refs: make(map[string]string)}
	w.doc = &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: documentID,
		DocumentName:      img.Repository + "@" + img.Digest.String(),
		DocumentNamespace: home + "/spdx/" + img.uuid("spdx"),
		CreationInfo: &spdx.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "slimify-" + img.Tool}}, Created: img.created(),
		},
	}
	w.relate(documentID, common.TypeRelationshipDescribe, imageID)
	w.image()
	w.system()
	for _, it := range img.items() {
		w.item(it)
	}
	for _, id := range sortedRefs(w.refs) {
		w.doc.OtherLicenses = append(w.doc.OtherLicenses, &spdx.OtherLicense{
			LicenseIdentifier: id, LicenseName: w.refs[id], ExtractedText: "the text is in the package; it names the licence: " + w.refs[id],
		})
	}
	out, err := json.MarshalIndent(w.doc, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encoding SPDX: %w", err)
	}
	return append(out, '\n'), nil
}

type spdxWriter struct {
	img   *Image
	doc   *spdx.Document
	files map[string]bool   // those already described
	refs  map[string]string // of all licences, by identifier
}

func (w *spdxWriter) relate(a common.ElementID, how string, b common.ElementID) {
	w.doc.Relationships = append(w.doc.Relationships, &spdx.Relationship{
		RefA: common.DocElementID{ElementRefID: a}, RefB: common.DocElementID{ElementRefID: b}, Relationship: how,
	})
}

// add adds a package with its files.
func (w *spdxWriter) add(p *spdx.Package, purl string, files []inventory.File) {
	p.PackageDownloadLocation, p.PackageCopyrightText = unknown, unknown
	p.PackageLicenseConcluded = unknown
	p.PackageLicenseDeclared = cmp.Or(p.PackageLicenseDeclared, unknown)
	if purl != "" {
		p.PackageExternalReferences = []*spdx.PackageExternalReference{{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: purl,
		}}
	}
	if p.FilesAnalyzed = len(files) > 0; p.FilesAnalyzed {
		p.PackageVerificationCode = &common.PackageVerificationCode{Value: verificationCode(files)}
	}
	w.doc.Packages = append(w.doc.Packages, p)
	if p.PackageSPDXIdentifier != imageID {
		w.relate(imageID, common.TypeRelationshipContains, p.PackageSPDXIdentifier)
	}
	for _, f := range files {
		w.relate(p.PackageSPDXIdentifier, common.TypeRelationshipContains, w.file(f))
	}
}

// verificationCode is the checksum over a package's files (SPDX 2.3, section
// 7.9).
func verificationCode(files []inventory.File) string {
	sums := make([]string, len(files))
	for i, f := range files {
		sums[i] = hex.EncodeToString(f.SHA1[:])
	}
	slices.Sort(sums)
	all := sha1.Sum([]byte(strings.Join(sums, "")))
	return hex.EncodeToString(all[:])
}

// file describes a file, once, and returns its identifier.
func (w *spdxWriter) file(f inventory.File) common.ElementID {
	sum := sha256.Sum256([]byte(f.Path))
	id := common.ElementID("File-" + hex.EncodeToString(sum[:10]))
	if !w.files[f.Path] {
		w.files[f.Path] = true
		w.doc.Files = append(w.doc.Files, &spdx.File{
			FileName: "./" + f.Path, FileSPDXIdentifier: id,
			Checksums: []common.Checksum{
				{Algorithm: common.SHA1, Value: hex.EncodeToString(f.SHA1[:])},
				{Algorithm: common.SHA256, Value: hex.EncodeToString(f.SHA256[:])},
			},
			LicenseConcluded: unknown, LicenseInfoInFiles: []string{unknown}, FileCopyrightText: unknown,
		})
	}
	return id
}

// image describes the image itself, which contains the files of no package.
func (w *spdxWriter) image() {
	w.add(&spdx.Package{
		PackageName: w.img.Repository, PackageSPDXIdentifier: imageID, PackageVersion: w.img.Digest.String(),
		PrimaryPackagePurpose: "CONTAINER",
		PackageChecksums:      []common.Checksum{{Algorithm: common.SHA256, Value: w.img.Digest.Hex}},
	}, w.img.PURL(), w.img.Files)
}

func (w *spdxWriter) system() {
	if w.img.System.ID == "" {
		return
	}
	w.add(&spdx.Package{
		PackageName: w.img.System.ID, PackageSPDXIdentifier: "System", PackageVersion: w.img.System.VersionID,
		PackageDescription: w.img.System.Name, PrimaryPackagePurpose: "OPERATING-SYSTEM",
	}, "", nil)
}

func (w *spdxWriter) item(it item) {
	l := licensesOf(it.Licenses)
	maps.Copy(w.refs, l.refs)
	p := &spdx.Package{
		PackageName: it.Name, PackageVersion: it.Version, PackageLicenseDeclared: l.expression,
		PackageSPDXIdentifier: common.ElementID("Package-" + string(it.kind) + "-" + it.id()),
	}
	switch it.kind {
	case debian: // scanners find the source by these words
		p.PackageSourceInfo = "built package from: " + it.Source + " " + it.SourceVersion
	case distribution:
		p.PackageSourceInfo = "installed, by its metadata in /" + it.Location
	case interpreter:
		p.PackageSourceInfo = "installed in /" + it.Location
	}
	w.add(p, it.purl, it.Files)
}
