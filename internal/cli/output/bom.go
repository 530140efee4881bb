package output

import (
	"errors"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// bomForms are the formats of bills of materials by the end of the file name.
var bomForms = []struct {
	end  string
	form report.Document
}{
	{".spdx.json", report.SPDX},
	{".cdx.json", report.CycloneDX},
}

// BOMFile is a file to write a software bill of materials (SBOM) to.
type BOMFile struct {
	Path, End string
	Form      report.Document
}

// String is the path.
func (f BOMFile) String() string { return f.Path }

// ParseBOMFile chooses the format by the file name.
func ParseBOMFile(path string) (BOMFile, error) {
	for _, f := range bomForms {
		if strings.HasSuffix(path, f.end) {
			return BOMFile{path, f.end, f.form}, nil
		}
	}
	return BOMFile{}, errors.New("unknown format: name it *.spdx.json for SPDX 2.3 or *.cdx.json for CycloneDX 1.6")
}

// Documents returns the content of the file by platform.
func (f BOMFile) Documents(rep *report.Report) map[string][]byte {
	out := make(map[string][]byte)
	for _, p := range rep.Platforms {
		out[p.Platform] = p.Documents[f.Form]
	}
	return out
}
