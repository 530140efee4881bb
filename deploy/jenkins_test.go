package deploy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The pipeline's scripts run as Jenkins would run them, with parameters and
// credentials as variables.
func TestJenkins(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	text := readFile(t, "jenkins/Jenkinsfile")
	scripts := regexp.MustCompile(`(?s)\bsh '''(.*?)'''`).FindAllStringSubmatch(text, -1)
	if len(scripts) != strings.Count(text, " sh ") || len(scripts) == 0 {
		t.Fatalf("of %d scripts %d are in single quotes", strings.Count(text, " sh "), len(scripts))
	}
	auth := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(auth, []byte(`{"auths":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, script := range scripts {
		command{dir, map[string]string{
			"SOURCE": h.host + "/app:1", "RESULT": h.host + "/app:slim", "SLIMIFY_BASE": h.base(), "REGISTRY_AUTH_FILE": auth,
		}, []string{"sh", "-xe", "-c", script[1]}}.run(t).ok(t)
	}
	archived := regexp.MustCompile(`archiveArtifacts artifacts: '(.*?)'`).FindStringSubmatch(text)
	if archived == nil {
		t.Fatal("nothing is archived")
	}
	for name := range strings.SplitSeq(archived[1], ", ") {
		if readFile(t, dir, name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	if got := strings.TrimSpace(readFile(t, dir, "slimify.digest")); got != h.digest(t, "app:slim") {
		t.Errorf("the digest is %q", got)
	}
	if !json.Valid([]byte(readFile(t, dir, "slimify.json"))) {
		t.Error("slimify.json is not valid JSON")
	}
}
