package main

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

// bomFile is a file to write a bill of materials to.
type bomFile struct {
	path, end string
	form      assemble.Document
}

func (f bomFile) String() string { return f.path }

// parseBOMFile reads the form from a file's name.
func parseBOMFile(path string) (bomFile, error) {
	for _, f := range bomForms {
		if strings.HasSuffix(path, f.end) {
			return bomFile{path, f.end, f.form}, nil
		}
	}
	return bomFile{}, errors.New("its name does not tell the form: call it *.spdx.json for SPDX 2.3 or *.cdx.json for CycloneDX 1.6")
}

// of lists what the file is to hold, by platform.
func (f bomFile) of(rep *assemble.Report) map[string][]byte {
	out := make(map[string][]byte)
	for _, p := range rep.Platforms {
		out[p.Platform] = p.Documents[f.form]
	}
	return out
}
