package reference

import (
	"regexp"
	"strings"
)

// redacted stands for a secret in a text.
const redacted = "[redacted]"

var (
	// urlPattern is a URL in a text: to the next blank or quote.
	urlPattern = regexp.MustCompile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s\"'`<>]+")

	// headerPattern is the value of an Authorization header. A shorter one is more
	// likely prose ("Basic authentication").
	headerPattern = regexp.MustCompile(`\b(?i:(basic|bearer)) +[A-Za-z0-9+/=._~-]{20,}`)

	// fieldPattern is a field of a token server's answer or of a file of credentials.
	fieldPattern = regexp.MustCompile(`("(?i:token|access_token|refresh_token|identitytoken|registrytoken|password|auth|secret)"\s*:\s*)"(?:[^"\\]|\\.)*"`)

	// publicParameters are those of the registry protocols. All others in a URL's query
	// may be a signature: registries redirect to signed URLs.
	publicParameters = map[string]bool{
		"scope": true, "service": true, "mount": true, "from": true, "digest": true, "n": true, "last": true,
	}
)

// Redact blanks what may be secret in a text for people, whoever it is from: users,
// passwords and parameters in URLs, Authorization headers, tokens and passwords in
// JSON. Secrets that a session knows are taken out of answers before; see secrets.
func Redact(text string) string {
	text = urlPattern.ReplaceAllStringFunc(text, redactURL)
	text = headerPattern.ReplaceAllString(text, "$1 "+redacted)
	return fieldPattern.ReplaceAllString(text, `$1"`+redacted+`"`)
}

func redactURL(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	rest, query, hasQuery := strings.Cut(rest, "?")
	// Not only up to the first slash: a password may hold one that is not escaped.
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

// lastUser is the place of the @ that ends a user and a password in s, or -1. The @ of
// a digest ends none.
func lastUser(s string) int {
	i := strings.LastIndexByte(s, '@')
	if i < 0 || !strings.HasPrefix(s[i:], "@sha256:") && !strings.HasPrefix(s[i:], "@sha512:") {
		return i
	}
	return strings.LastIndexByte(s[:i], '@')
}
