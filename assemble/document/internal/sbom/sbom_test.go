package sbom

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spdx/tools-golang/json"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/slimify/slimify/extract/inventory"
)

func file(path string) inventory.File {
	return inventory.File{Path: path, SHA1: sha1.Sum([]byte(path)), SHA256: sha256.Sum256([]byte(path))}
}

// image has a package of each kind, a file of two packages, one distribution in two
// places, and hostile names.
func image() *Image {
	zlib, requests := file("usr/lib/libz.so.1"), file("usr/lib/python3/dist-packages/requests.py")
	return &Image{
		Repository: "docker.io/Acme/App", Registry: true, Tool: "v1", Created: time.Date(2024, 5, 6, 7, 8, 9, 10, time.FixedZone("", 3600)),
		Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("ab", 32)}, Platform: v1.Platform{OS: "linux", Architecture: "arm64"},
		Inventory: &inventory.Inventory{
			System: inventory.OSRelease{ID: "debian", VersionID: "12", Name: "Debian GNU/Linux 12"},
			Packages: []inventory.Component{
				{Name: "python3-requests", Version: "2", Architecture: "all", Source: "requests", SourceVersion: "2", Files: []inventory.File{requests}},
				{Name: "zlib1g", Version: "1:1.2+b1", Architecture: "arm64", Source: "zlib", SourceVersion: "1:1.2-3", Licenses: []string{"Zlib", "GPL-2+"}, Files: []inventory.File{zlib}},
			},
			Runtime: &inventory.Component{Name: "python", Version: "3.11.2", Location: "usr/local/lib/python3.11", Files: []inventory.File{file("usr/local/bin/python3.11")}},
			Distributions: []inventory.Component{
				{Name: "Requests", Type: "pypi", Key: "requests", Version: "2", Location: "usr/lib/python3/dist-packages/requests.egg-info", Files: []inventory.File{requests}},
				{Name: "zope.interface", Type: "pypi", Key: "zope-interface", Version: "5", Location: "a/zope.dist-info", Licenses: []string{"BSD License"}},
				{Name: "zope.interface", Type: "pypi", Key: "zope-interface", Version: "5", Location: "b/zope.dist-info"},
				{Name: "<script>\x1b[2J&", Type: "pypi", Key: "<script>\x1b[2j&", Version: "\xff?", Location: "c"},
			},
			Files: []inventory.File{file("app/main.py"), file("app/\x1b]<b>\xff")},
		},
	}
}

func TestSPDX(t *testing.T) {
	t.Parallel()
	raw, err := SPDX(image())
	if err != nil {
		t.Fatal(err)
	}
	var doc spdx.Document
	if err := json.ReadInto(bytes.NewReader(raw), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.CreationInfo.Created != "2024-05-06T06:08:09Z" || !strings.HasPrefix(doc.DocumentNamespace, "https://github.com/slimify/slimify/spdx/") {
		t.Errorf("created %s, namespace %s", doc.CreationInfo.Created, doc.DocumentNamespace)
	}
	names := make(map[string]string) // by identifier
	type row struct{ Name, Version, License, PURL, Source string }
	var got []row
	for _, p := range doc.Packages {
		if names[string(p.PackageSPDXIdentifier)] != "" {
			t.Errorf("two packages are called %s", p.PackageSPDXIdentifier)
		}
		names[string(p.PackageSPDXIdentifier)] = p.PackageName
		r := row{p.PackageName, p.PackageVersion, p.PackageLicenseDeclared, "", p.PackageSourceInfo}
		for _, ref := range p.PackageExternalReferences {
			r.PURL = ref.Locator
		}
		got = append(got, r)
	}
	sum := strings.Repeat("ab", 32)
	if diff := cmp.Diff([]row{
		{"docker.io/Acme/App", "sha256:" + sum, unknown, "pkg:oci/app@sha256:" + sum + "?arch=arm64&repository_url=docker.io%2FAcme%2FApp", ""},
		{"debian", "12", unknown, "", ""},
		{"python3-requests", "2", unknown, "pkg:deb/debian/python3-requests@2?arch=all&distro=debian-12&upstream=requests", "built package from: requests 2"},
		{"zlib1g", "1:1.2+b1", "Zlib AND GPL-2.0-or-later", "pkg:deb/debian/zlib1g@1:1.2%2Bb1?arch=arm64&distro=debian-12&upstream=zlib%401:1.2-3", "built package from: zlib 1:1.2-3"},
		{"python", "3.11.2", unknown, "pkg:generic/python@3.11.2", "installed in /usr/local/lib/python3.11"},
		{"Requests", "2", unknown, "pkg:pypi/requests@2", "installed, by its metadata in /usr/lib/python3/dist-packages/requests.egg-info"},
		{"zope.interface", "5", "LicenseRef-BSD-License-170c0f4c", "pkg:pypi/zope-interface@5", "installed, by its metadata in /a/zope.dist-info"},
		{"zope.interface", "5", unknown, "pkg:pypi/zope-interface@5", "installed, by its metadata in /b/zope.dist-info"},
		{"<script>\x1b[2J&", "�?", unknown, "pkg:pypi/%3Cscript%3E%1B%5B2j%26@%FF%3F", "installed, by its metadata in /c"},
	}, got); diff != "" {
		t.Error(diff)
	}
	for _, f := range doc.Files {
		if names[string(f.FileSPDXIdentifier)] != "" {
			t.Errorf("two files are called %s", f.FileSPDXIdentifier)
		}
		names[string(f.FileSPDXIdentifier)] = f.FileName
	}
	contains := make(map[string]bool)
	for _, r := range doc.Relationships {
		if r.Relationship == "CONTAINS" {
			contains[names[string(r.RefA.ElementRefID)]+" "+names[string(r.RefB.ElementRefID)]] = true
		}
	}
	for _, want := range []string{
		"docker.io/Acme/App zlib1g", "docker.io/Acme/App ./app/main.py", "zlib1g ./usr/lib/libz.so.1",
		"python3-requests ./usr/lib/python3/dist-packages/requests.py", "Requests ./usr/lib/python3/dist-packages/requests.py",
	} {
		if !contains[want] {
			t.Errorf("it does not say that %q", want)
		}
	}
	if len(doc.OtherLicenses) != 1 || doc.OtherLicenses[0].LicenseName != "BSD License" {
		t.Errorf("licences that SPDX does not know: %+v", doc.OtherLicenses)
	}
	if main := file("app/main.py"); !strings.Contains(string(raw), hex.EncodeToString(main.SHA256[:])) {
		t.Error("the SHA-256 of a file is missing")
	}
}

// The verification code of the specification: SHA-1 over the sorted SHA-1 sums.
func TestVerificationCode(t *testing.T) {
	t.Parallel()
	a, b := inventory.File{SHA1: sha1.Sum([]byte("a"))}, inventory.File{SHA1: sha1.Sum([]byte("b"))}
	sum := sha1.Sum([]byte("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" + "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98"))
	if got := verificationCode([]inventory.File{b, a}); got != hex.EncodeToString(sum[:]) {
		t.Errorf("code is %s, want %x", got, sum)
	}
}

func TestCycloneDX(t *testing.T) {
	t.Parallel()
	raw, err := CycloneDX(image())
	if err != nil {
		t.Fatal(err)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(raw), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if root := bom.Metadata.Component; bom.SpecVersion != cdx.SpecVersion1_6 || bom.Metadata.Timestamp != "2024-05-06T06:08:09Z" ||
		root.Type != cdx.ComponentTypeContainer || len(*root.Components) != 2 || (*root.Components)[0].Name != "/app/main.py" {
		t.Errorf("metadata is %+v", bom.Metadata)
	}
	type row struct {
		Type                   cdx.ComponentType
		Name, License, Located string
		Source                 []string
		Files                  int
	}
	var got []row
	refs := make(map[string]bool)
	for _, c := range *bom.Components {
		if refs[c.BOMRef] {
			t.Errorf("two components are called %q", c.BOMRef)
		}
		refs[c.BOMRef] = true
		r := row{Type: c.Type, Name: c.Name}
		if c.Licenses != nil {
			if l := (*c.Licenses)[0]; l.License != nil {
				r.License = "name " + l.License.Name
			} else {
				r.License = l.Expression
			}
		}
		if c.Evidence != nil {
			r.Located = (*c.Evidence.Occurrences)[0].Location
		}
		if c.Properties != nil {
			for _, p := range *c.Properties {
				r.Source = append(r.Source, p.Name+"="+p.Value)
			}
		}
		if c.Components != nil {
			r.Files = len(*c.Components)
		}
		got = append(got, r)
	}
	if diff := cmp.Diff([]row{
		{Type: "operating-system", Name: "debian"},
		{Type: "library", Name: "python3-requests", Source: []string{"aquasecurity:trivy:SrcName=requests"}, Files: 1},
		{
			Type: "library", Name: "zlib1g", License: "Zlib AND GPL-2.0-or-later", Files: 1,
			Source: []string{"aquasecurity:trivy:SrcName=zlib", "aquasecurity:trivy:SrcVersion=1.2", "aquasecurity:trivy:SrcRelease=3", "aquasecurity:trivy:SrcEpoch=1"},
		},
		{Type: "platform", Name: "python", Located: "/usr/local/lib/python3.11", Files: 1},
		{Type: "library", Name: "Requests", Located: "/usr/lib/python3/dist-packages/requests.egg-info", Files: 1},
		{Type: "library", Name: "zope.interface", License: "name BSD License", Located: "/a/zope.dist-info"},
		{Type: "library", Name: "zope.interface", Located: "/b/zope.dist-info"},
		{Type: "library", Name: "<script>\x1b[2J&", Located: "/c"},
	}, got); diff != "" {
		t.Error(diff)
	}
	if deps := *(*bom.Dependencies)[0].Dependencies; len(deps) != len(got) {
		t.Errorf("the image depends on %d of %d components", len(deps), len(got))
	}
}

// The same image gives the same bytes; another digest, version or place gives other
// identifiers.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*Image) ([]byte, error){"SPDX": SPDX, "CycloneDX": CycloneDX} {
		t.Run(name, func(t *testing.T) {
			first, err := write(image())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := write(image()); err != nil || !bytes.Equal(first, again) {
				t.Errorf("the second time gives other bytes (%v)", err)
			}
		})
	}
	base := image()
	for name, change := range map[string]func(*Image){
		"digest": func(i *Image) { i.Digest.Hex = strings.Repeat("cd", 32) }, "tool": func(i *Image) { i.Tool = "v2" }, "place": func(i *Image) { i.Repository = "other" },
	} {
		if other := image(); base.uuid("x") == base.uuid("y") || func() bool { change(other); return other.uuid("x") == base.uuid("x") }() {
			t.Errorf("another %s has the same identifier", name)
		}
	}
}
