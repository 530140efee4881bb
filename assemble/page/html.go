package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// maxHTML is the maximum size of a page in bytes.
const maxHTML = 1 << 20

var (
	//go:embed page.html.tmpl
	pageSource string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// errTooLong is returned for a document that exceeds its limit even with the
// shortest lists.
var errTooLong = errors.New("the report cannot be made short enough")

// HTML renders a report as a page that needs no other file, no network and no
// JavaScript. It has fewer than 1 MiB. version is slimify's.
func HTML(rep *report.Report, version string) ([]byte, error) {
	tmpl, err := template.New("page").Parse(pageSource)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return shorten(maxHTML, func(detail float64) ([]byte, error) {
		var out bytes.Buffer
		if err := tmpl.Execute(&out, newPage(newView(rep, version, detail, true))); err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		return out.Bytes(), nil
	})
}

// shorten renders with shorter and shorter lists until the document has fewer
// than limit bytes.
func shorten(limit int, render func(detail float64) ([]byte, error)) ([]byte, error) {
	for detail := 1.0; detail > 1e-5; detail /= 2 {
		out, err := render(detail)
		if err != nil || len(out) < limit {
			return out, err
		}
	}
	return nil, errTooLong
}

// page is a view with the parts that only HTML needs.
type page struct {
	view
	Style  template.CSS
	Script template.JS
	// Policy forbids everything except the page's own style and script, which
	// it allows by their digests (Content Security Policy Level 3).
	Policy string
}

func newPage(v view) page {
	style := pageStyle
	for _, s := range v.Platforms {
		if s.Maps != nil { // attributes would need a weaker policy
			style += fmt.Sprintf("#%s-maps{--scale:%.4f}\n", s.ID, s.Maps.Scale)
		}
	}
	return page{
		view: v, Style: template.CSS(style), Script: template.JS(pageScript),
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(style), digest(pageScript)),
	}
}

// digest is the digest of a text in the form of a policy.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Short is the start of a digest, as tools print it.
func (l layer) Short() string {
	_, hex, _ := strings.Cut(l.Digest, ":")
	return hex[:min(len(hex), 12)]
}
