package requirements

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// direct is the source of a distribution that was not installed from an index.
type direct struct {
	url    string // as written in a requirement
	vcs    bool   // from a version control system: pip accepts no hash for it
	local  bool   // from a directory
	hashes []string
}

var (
	// plainURL has no character that ends a requirement or that pip would
	// expand.
	plainURL = regexp.MustCompile(`^[A-Za-z0-9+.-]+:[!#%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]*$`)
	// userInfo splits off what precedes a host: a name, a token, or a
	// variable's name.
	userInfo  = regexp.MustCompile(`^([A-Za-z0-9+.-]+://)([^/]*)@(.*)$`)
	plainUser = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	commitID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]*$`)
	hexSum    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// vcsNames are the version control systems that pip supports.
var vcsNames = []string{"bzr", "git", "hg", "svn"}

// parseDirectURL reads a direct_url.json (PEP 610) and returns what follows "@"
// in a requirement, without passwords.
func parseDirectURL(data []byte) (d direct, err error) {
	var doc struct {
		URL string `json:"url"`
		VCS *struct {
			Name   string `json:"vcs"`
			Commit string `json:"commit_id"`
		} `json:"vcs_info"`
		Archive *struct {
			Hash   string            `json:"hash"`
			Hashes map[string]string `json:"hashes"`
		} `json:"archive_info"`
		Dir          *struct{} `json:"dir_info"`
		Subdirectory string    `json:"subdirectory"`
	}
	if json.Unmarshal(data, &doc) != nil {
		return d, errors.New("invalid JSON")
	}
	// A user name alone is not a secret, and ssh needs it.
	if m := userInfo.FindStringSubmatch(doc.URL); m != nil && (!strings.HasSuffix(m[1], "ssh://") || !plainUser.MatchString(m[2])) {
		doc.URL = m[1] + m[3]
	}
	u, err := url.Parse(doc.URL)
	if err != nil || u.Scheme == "" {
		return d, errors.New("its URL cannot be read")
	}
	if doc.Dir != nil {
		return direct{url: u.String(), local: true}, nil
	}
	if u.RawQuery != "" {
		return d, errors.New("its URL has a query, which may be a token or a signature")
	}
	u.Fragment = ""
	if doc.VCS != nil {
		if !slices.Contains(vcsNames, doc.VCS.Name) || !commitID.MatchString(doc.VCS.Commit) {
			return d, errors.New("it names no commit")
		}
		d.vcs = true
		u.Path, u.RawPath = u.Path+"@"+doc.VCS.Commit, ""
		u.Scheme = doc.VCS.Name + "+" + u.Scheme
	}
	if doc.Subdirectory != "" {
		u.Fragment = "subdirectory=" + doc.Subdirectory
	}
	if d.url = u.String(); !plainURL.MatchString(d.url) {
		return direct{}, errors.New("its URL has characters that a requirement cannot have")
	}
	if doc.Archive != nil {
		for _, h := range []string{doc.Archive.Hashes["sha256"], strings.TrimPrefix(doc.Archive.Hash, "sha256=")} {
			if hexSum.MatchString(h) && !slices.Contains(d.hashes, h) {
				d.hashes = append(d.hashes, h)
			}
		}
	}
	return d, nil
}
