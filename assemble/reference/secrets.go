package reference

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxAnswer bounds what is read from an error or a token server's answer, in bytes,
// as in go-containerregistry.
const maxAnswer = 64 << 10

// minSecret is the length from which a password is redacted in texts: shorter ones
// match parts of ordinary words. For redirects, which must not be refused because of
// a chance match, it is minLeak.
const (
	minSecret = 4
	minLeak   = 12
)

// secrets are the passwords and tokens that a session has sent or received. A
// registry may return them in an error that is printed: all answers are cleaned of
// them. The zero value has none; it is safe for concurrent use.
type secrets struct {
	mu     sync.RWMutex
	known  map[string]bool
	longer []string // what is blanked: all forms of the known, longest first
}

// add records secrets in all forms that they may have in a text.
func (s *secrets) add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		if len(v) < minSecret || s.known[v] {
			continue
		}
		if s.known == nil {
			s.known = make(map[string]bool)
		}
		s.known[v] = true
		encoded := base64.StdEncoding.EncodeToString([]byte(v))
		s.longer = append(s.longer, v, url.QueryEscape(v), url.PathEscape(v), strings.Trim(strconv.Quote(v), `"`), encoded,
			strings.TrimRight(encoded, "="), base64.RawURLEncoding.EncodeToString([]byte(v)))
	}
	slices.SortFunc(s.longer, func(a, b string) int {
		if d := len(b) - len(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	s.longer = slices.Compact(s.longer)
}

// addHeader records the secret in an Authorization header.
func (s *secrets) addHeader(value string) {
	scheme, rest, _ := strings.Cut(value, " ")
	s.mu.RLock()
	known := rest == "" || s.known[rest]
	s.mu.RUnlock()
	if known {
		return
	}
	s.add(rest)
	if pair, err := base64.StdEncoding.DecodeString(rest); err == nil && strings.EqualFold(scheme, "basic") {
		_, password, _ := strings.Cut(string(pair), ":")
		s.add(string(pair), password)
	}
}

// blank redacts the secrets in a text.
func (s *secrets) blank(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range s.longer {
		text = strings.ReplaceAll(text, v, redacted)
	}
	return text
}

// blankBody redacts the secrets in an answer: in JSON string by string, since strings
// can be encoded in many ways.
func (s *secrets) blankBody(body []byte) []byte {
	var doc any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&doc); err == nil {
		if body, err := json.Marshal(s.blankValue(doc)); err == nil {
			return body
		}
	}
	return []byte(s.blank(string(body)))
}

func (s *secrets) blankValue(v any) any {
	switch v := v.(type) {
	case string:
		return s.blank(v)
	case json.Number:
		if s.blank(v.String()) != v.String() {
			return redacted
		}
	case []any:
		for i := range v {
			v[i] = s.blankValue(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[s.blank(key)] = s.blankValue(value)
		}
		return out
	}
	return v
}

// leak reports whether an address contains a secret.
func (s *secrets) leak(address string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.longer, func(v string) bool { return len(v) >= minLeak && strings.Contains(address, v) })
}

// clean redacts the secrets in a response that may be printed, and records those
// that it contains. It closes the body on failure.
func (s *secrets) clean(resp *http.Response) error {
	switch {
	case resp.StatusCode >= http.StatusBadRequest:
		for _, values := range resp.Header {
			for i := range values {
				values[i] = s.blank(values[i])
			}
		}
		body, err := readAnswer(resp)
		if err != nil {
			return err
		}
		setBody(resp, s.blankBody(body))
	case resp.StatusCode >= http.StatusMultipleChoices:
		// The redirect would be followed, and its address be in a later error.
		if s.leak(resp.Header.Get("Location")) {
			return errors.Join(errors.New("it redirects to an address that contains credentials"), resp.Body.Close())
		}
	case isTokenRequest(resp.Request):
		body, err := readAnswer(resp)
		if err != nil {
			return err
		}
		var answer struct {
			Token        string `json:"token"`
			AccessToken  string `json:"access_token"`
			RefreshToken string `json:"refresh_token"`
		}
		if err := json.Unmarshal(body, &answer); err != nil || answer.Token == "" && answer.AccessToken == "" {
			// The error omits the answer, which go-containerregistry would
			// print.
			return fmt.Errorf("token server %s returned no token", resp.Request.URL.Host)
		}
		s.add(answer.Token, answer.AccessToken, answer.RefreshToken)
		setBody(resp, body)
	}
	return nil
}

// isTokenRequest reports whether req is one of the two requests to a token
// server (distribution's spec/auth/token.md and oauth.md).
func isTokenRequest(req *http.Request) bool {
	if strings.HasPrefix(req.URL.Path, "/v2/") {
		return false
	}
	return req.Method == http.MethodGet && req.URL.Query().Has("service") || isTokenRefresh(req)
}

// isTokenRefresh reports whether req exchanges an identity token for another one.
func isTokenRefresh(req *http.Request) bool {
	return req.Method == http.MethodPost && req.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
}

// readAnswer reads a small body, or the start of a larger one, and closes it.
func readAnswer(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return body, errors.Join(err, resp.Body.Close())
}

func setBody(resp *http.Response, body []byte) {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.Request.Method != http.MethodHead { // whose length is that of a body not sent
		resp.ContentLength = int64(len(body))
	}
}
