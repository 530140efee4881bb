package output

import (
	"errors"
	"strings"

	"github.com/slimify/slimify/assemble"
)

// bomForms are the forms of bills of materials by the end of a file's name.
var bomForms = []struct {
	end  string
	form assemble.Document
}{
	{".spdx.json", assemble.SPDX},
	{".cdx.json", assemble.CycloneDX},
}

// BOMFile is a file to write a bill of materials to.
type BOMFile struct {
	Path, End string
	Form      assemble.Document
}

func (f BOMFile) String() string { return f.Path }

// ParseBOMFile reads the form from a file's name.
func ParseBOMFile(path string) (BOMFile, error) {
	for _, f := range bomForms {
		if strings.HasSuffix(path, f.end) {
			return BOMFile{path, f.end, f.form}, nil
		}
	}
	return BOMFile{}, errors.New("its name does not tell the form: call it *.spdx.json for SPDX 2.3 or *.cdx.json for CycloneDX 1.6")
}

// Documents lists what the file is to hold, by platform.
func (f BOMFile) Documents(rep *assemble.Report) map[string][]byte {
	out := make(map[string][]byte)
	for _, p := range rep.Platforms {
		out[p.Platform] = p.Documents[f.Form]
	}
	return out
}
