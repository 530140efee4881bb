package system

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/slimify/slimify/extract/ecosystem"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/paths"
	"github.com/slimify/slimify/internal/shellquote"
	"github.com/slimify/slimify/internal/text"
	"github.com/slimify/slimify/layers"
)

// secretPatterns match files that usually hold secrets. A pattern with a slash matches
// the end of a path.
var secretPatterns = []string{
	".env", ".env.*", ".netrc", ".npmrc", ".pgpass", ".git-credentials", ".htpasswd",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "kubeconfig", "credentials.json", "*.p12", "*.pfx", "*.jks",
	".aws/credentials", ".docker/config.json", ".kube/config", ".config/gcloud/application_default_credentials.json", ".ssh/config",
}

// harmlessSecrets match templates, whose names look like those of secrets.
var harmlessSecrets = []string{"*.example", "*.sample", "*.template", "*.dist", "*.defaults"}

// publicAreas hold files of packages: public certificates, and keys for tests.
var publicAreas = []string{"etc/ssl", "usr/share", "usr/lib", "usr/local/share/ca-certificates", "var/lib/dpkg"}

// WarnOfSecrets warns once of kept files that look like secrets: they are as readable as
// in FAT.
func WarnOfSecrets(s *selection.State, ecosystems []*ecosystem.Ecosystem) {
	v := view.New(s)
	names := slices.Clone(secretPatterns)
	for _, e := range ecosystems {
		names = append(names, e.SecretFiles...)
	}
	var found []string
	s.Upper().Walk(func(n *layers.Node) bool {
		name := n.Path()
		if n.Kind == layers.Dir {
			library := func(e *ecosystem.Ecosystem) bool { return e.Language.IsLibrary(name) }
			if slices.ContainsFunc(ecosystems, library) || isPublicArea(name) {
				return false
			}
			if path.Base(name) == ".git" && n.Child("HEAD") != nil {
				if v.HoldsKept(n) {
					found = append(found, "/"+name)
				}
				return false
			}
			return true
		}
		if it := s.Selection.Item(n); it != nil && it.Verdict == selection.Kept && !it.Reason.Rule.Packaged && looksSecret(n, names) {
			found = append(found, "/"+name)
		}
		return true
	})
	if len(found) == 0 {
		return
	}
	drops := make([]string, 0, text.MaxNamed)
	for _, name := range found[:min(len(found), text.MaxNamed)] {
		drops = append(drops, "--drop "+shellquote.Word(name))
	}
	are, them := "looks like a secret and is", "it"
	if len(found) > 1 {
		are, them = "look like secrets and are", "them"
	}
	s.Selection.Warn("secrets", "%s %s kept; to drop %s: %s", text.Counted(found, "path"), are, them, strings.Join(drops, " "))
}

func isPublicArea(name string) bool {
	for _, dir := range publicAreas {
		if paths.Below(name, dir) {
			return true
		}
	}
	return false
}

// looksSecret reports whether a file looks like a secret, by its name or, for
// keys in PEM, by its content.
func looksSecret(n *layers.Node, names []string) bool {
	name := n.Path()
	base := path.Base(name)
	if n.Kind != layers.File || n.Size == 0 {
		return false
	}
	for _, p := range harmlessSecrets {
		if ok, _ := path.Match(p, base); ok {
			return false
		}
	}
	switch path.Ext(base) {
	case ".pem", ".key":
		return bytes.Contains(n.Evidence, []byte("PRIVATE KEY-----"))
	}
	for _, p := range names {
		if strings.Contains(p, "/") {
			p = fmt.Sprintf("**/%s", p)
			if ok, _ := doublestar.Match(p, name); ok {
				return true
			}
			continue
		}
		if ok, _ := path.Match(p, base); ok {
			return true
		}
	}
	return false
}
