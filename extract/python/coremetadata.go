package python

import (
	"bufio"
	"path"
	"strings"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
)

// isCoreMetadata reports whether a path is a distribution's core metadata: in a
// .dist-info, in an .egg-info (a directory or a file), or in an egg.
func isCoreMetadata(name string) bool {
	dir, base := path.Split(name)
	switch base {
	case "METADATA":
		return strings.HasSuffix(dir, distInfo+"/")
	case "PKG-INFO":
		return strings.HasSuffix(dir, eggInfo+"/") || strings.HasSuffix(dir, "/EGG-INFO/")
	}
	return strings.HasSuffix(base, eggInfo)
}

// licenseClassifier is the prefix of classifiers that name a licence, after the last
// "::".
const licenseClassifier = "License ::"

// parseMetadata reads the head of core metadata (the PyPA specification of that name).
// The licence is License-Expression (PEP 639), else the field License if it has one line
// and not a whole text, else the classifiers.
func parseMetadata(lines *bufio.Scanner) *ecosystem.Metadata {
	m := new(ecosystem.Metadata)
	var expression, field string
	var classifiers []string
	last := ""
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" {
			break // the description follows
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last == "License" {
				field = "" // a text
			}
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		last, value = key, strings.TrimSpace(value)
		switch key {
		case "Name":
			m.Name = value
		case "Version":
			m.Version = value
		case "License-Expression":
			expression = value
		case "License":
			field = value
		case "Classifier":
			if strings.HasPrefix(value, licenseClassifier) {
				parts := strings.Split(value, "::")
				classifiers = append(classifiers, parts[len(parts)-1])
			}
		}
	}
	switch {
	case expression != "":
		m.AddLicense(expression)
	case field != "" && !strings.EqualFold(field, "UNKNOWN"):
		m.AddLicense(field)
	default:
		for _, c := range classifiers {
			if strings.TrimSpace(c) != "OSI Approved" {
				m.AddLicense(c)
			}
		}
	}
	return m
}

// metadataFile returns the file of core metadata in a distribution's metadata directory,
// or the path itself if that is a file.
func metadataFile(t *layers.Tree, d selection.Distribution) string {
	for _, name := range []string{"METADATA", "PKG-INFO", "EGG-INFO/PKG-INFO"} {
		if file := path.Join(d.Metadata, name); isFile(t, file) {
			return file
		}
	}
	return d.Metadata
}

func isFile(t *layers.Tree, name string) bool {
	n, err := t.Resolve(name)
	return err == nil && n.Kind == layers.File
}
