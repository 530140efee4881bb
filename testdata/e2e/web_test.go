package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// A server as many run it: a console script as CMD, a user of its own, a
// directory that belongs to him, and a health check with a tool that slim
// lacks. The naive copy has none of them.
func TestWeb(t *testing.T) {
	needLab(t)
	tool(t, "../lab/lab", "image", "web", "e2e/web:fat")
	fat, dst := registry+"/e2e/web:fat", registry+"/e2e/web:slim"
	slim(t, fat, dst)

	c := unpack(t, dst)
	c.start()
	if got := c.get("http://127.0.0.1:8000/"); got != "served to app" {
		t.Errorf("GET / = %q", got)
	}
	var image struct {
		Config struct{ Healthcheck struct{ Test []string } }
	}
	if err := json.Unmarshal([]byte(tool(t, "skopeo", "inspect", "--raw", "--config", "--tls-verify=false", "docker://"+dst)), &image); err != nil {
		t.Fatal(err)
	}
	if health := image.Config.Healthcheck.Test; len(health) != 2 || health[0] != "CMD-SHELL" {
		t.Errorf("the health check is lost: %q", health)
	} else if out, err := c.exec("/bin/sh", "-c", health[1]); err != nil {
		t.Errorf("the health check fails: %v\n%s", err, out)
	}
	for command, want := range map[string]string{
		"id": "uid=1234(app)", "stat -c '%U %a' /var/log/web /srv/web/app.py": "app 755\napp 644", "grep -c GET /var/log/web/access.log": "",
	} {
		if out, err := c.exec("/bin/sh", "-c", command); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
