package reference

import "testing"

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"nothing here": "nothing here",
		`Get "https://r.example/v2/": EOF; check user@example.com`:        `Get "https://r.example/v2/": EOF; check user@example.com`,
		"https://user:pass@r.example/v2/":                                 "https://[redacted]@r.example/v2/",
		"https://token@r.example":                                         "https://[redacted]@r.example",
		"https://user:pa/ss@r.example/app":                                "https://[redacted]@r.example/app",
		"proxy http://u:p@proxy:3128 failed":                              "proxy http://[redacted]@proxy:3128 failed",
		"docker://r.example/app@sha256:0123":                              "docker://r.example/app@sha256:0123",
		"docker://u:p@r.example/app@sha256:0123":                          "docker://[redacted]@r.example/app@sha256:0123",
		`Get "https://cdn.example/x?X-Amz-Signature=5f4d&n=3": refused`:   `Get "https://cdn.example/x?X-Amz-Signature=[redacted]&n=3": refused`,
		"https://cdn.example/x?opaque":                                    "https://cdn.example/x?[redacted]",
		"https://r.example/token?scope=repository%3Aa%3Apull&service=r":   "https://r.example/token?scope=repository%3Aa%3Apull&service=r",
		"Authorization: Basic dXNlcjpzZWNyZXQtcGFzc3dvcmQ=":               "Authorization: Basic [redacted]",
		"authorization: bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.": "authorization: bearer [redacted]",
		"Basic authentication is off":                                     "Basic authentication is off",
		`{"access_token": "a\"b", "expires_in": 3}`:                       `{"access_token": "[redacted]", "expires_in": 3}`,
		`{"Username":"u","Secret":"s"}`:                                   `{"Username":"u","Secret":"[redacted]"}`,
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%s)\n = %s\nwant %s", in, got, want)
		}
		if again := Redact(want); again != want {
			t.Errorf("a second time %s became %s", want, again)
		}
	}
}
