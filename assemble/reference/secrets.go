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

// maxAnswer bounds what is read of an error's or a token server's answer, in bytes.
// go-containerregistry takes no more either.
const maxAnswer = 64 << 10

// minSecret is the length below which a password is not looked for in texts: it would
// blank parts of innocent words. In redirects, which must not be refused for a word
// that is in them by chance, it is minLeak.
const (
	minSecret = 4
	minLeak   = 12
)

// secrets are the passwords and tokens that a session has sent or got. A registry can
// send them back in an error, to have them printed: what it answers goes through
// here. The zero value knows none; it is safe for concurrent use.
type secrets struct {
	mu     sync.RWMutex
	known  map[string]bool
	longer []string // what is blanked: all forms of the known, longest first
}

// add remembers secrets, in the forms in which a text may hold them.
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

// addHeader remembers what an Authorization header holds.
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

// blank takes the secrets out of a text.
func (s *secrets) blank(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range s.longer {
		text = strings.ReplaceAll(text, v, redacted)
	}
	return text
}

// blankBody takes the secrets out of an answer: of JSON out of each string, since that
// can be written in many ways.
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

// leak reports whether an address holds a secret.
func (s *secrets) leak(address string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.longer, func(v string) bool { return len(v) >= minLeak && strings.Contains(address, v) })
}

// clean takes the secrets out of a response that may come to be printed, and learns
// those that it brings. It closes the body when it fails.
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
		// It would be followed, and be in the error of what then fails.
		if s.leak(resp.Header.Get("Location")) {
			return errors.Join(errors.New("it redirects to an address that holds credentials"), resp.Body.Close())
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
			// Without the answer, which go-containerregistry would print.
			return fmt.Errorf("token server %s gave no token", resp.Request.URL.Host)
		}
		s.add(answer.Token, answer.AccessToken, answer.RefreshToken)
		setBody(resp, body)
	}
	return nil
}

// isTokenRequest tells the two requests to a token server (distribution's
// spec/auth/token.md and oauth.md) from those to a registry.
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

// readAnswer reads a small body, the rest of a larger one being left out, and closes it.
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
