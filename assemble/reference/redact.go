package reference

import (
	"regexp"
	"strings"
)

// redacted replaces a secret in a text.
const redacted = "[redacted]"

var (
	// urlPattern matches a URL in a text: to the next blank or quote.
	urlPattern = regexp.MustCompile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s\"'`<>]+")

	// headerPattern matches the value of an Authorization header. A shorter one is
	// more likely prose ("Basic authentication").
	headerPattern = regexp.MustCompile(`\b(?i:(basic|bearer)) +[A-Za-z0-9+/=._~-]{20,}`)

	// fieldPattern matches a field in a token server's answer or in a file of
	// credentials.
	fieldPattern = regexp.MustCompile(`("(?i:token|access_token|refresh_token|identitytoken|registrytoken|password|auth|secret)"\s*:\s*)"(?:[^"\\]|\\.)*"`)

	// publicParameters are the query parameters of the registry protocols. All others
	// may be a signature: registries redirect to signed URLs.
	publicParameters = map[string]bool{
		"scope": true, "service": true, "mount": true, "from": true, "digest": true, "n": true, "last": true,
	}
)

// Redact replaces possible secrets in a text from any source: users, passwords and
// parameters in URLs, Authorization headers, tokens and passwords in JSON. Secrets
// that a session knows are removed from answers before; see secrets.
func Redact(text string) string {
	text = urlPattern.ReplaceAllStringFunc(text, redactURL)
	text = headerPattern.ReplaceAllString(text, "$1 "+redacted)
	return fieldPattern.ReplaceAllString(text, `$1"`+redacted+`"`)
}

func redactURL(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	rest, query, hasQuery := strings.Cut(rest, "?")
	// Search beyond the first slash: a password may contain one that is not
	// escaped.
	if i := lastUser(rest); i >= 0 {
		rest = redacted + rest[i:]
	}
	if !hasQuery {
		return scheme + "://" + rest
	}
	params := strings.Split(query, "&")
	for i, p := range params {
		if key, _, ok := strings.Cut(p, "="); ok && !publicParameters[key] {
			params[i] = key + "=" + redacted
		} else if !ok {
			params[i] = redacted
		}
	}
	return scheme + "://" + rest + "?" + strings.Join(params, "&")
}

// lastUser is the index of the @ after a user and a password in s, or -1. The @ before
// a digest does not count.
func lastUser(s string) int {
	i := strings.LastIndexByte(s, '@')
	if i < 0 || !strings.HasPrefix(s[i:], "@sha256:") && !strings.HasPrefix(s[i:], "@sha512:") {
		return i
	}
	return strings.LastIndexByte(s[:i], '@')
}
