package e2e

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slimify/slimify/internal/certtest"
	"github.com/slimify/slimify/testdata/e2e/lab"
)

const (
	registryUser     = "tester"
	registryPassword = "correct horse"

	// registryUsers is the line of `htpasswd -nbB` for these.
	registryUsers = "tester:$2a$05$biy9gJtiU2Y/leac/lUx8OxSY/fgd0Xdl2cWSQbWezmTkMTsJeXdG\n"
)

// A company's registry, as Debian's docker-registry is set up for it: with passwords, an
// authority of its own and certificates of its clients. What slimify login stores, other
// tools use.
func TestPrivateRegistry(t *testing.T) {
	lab.Need(t)
	if _, err := exec.LookPath("docker-registry"); err != nil {
		t.Skipf("no private registry: %v (Debian's package docker-registry has it)", err)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	host, ca := privateRegistry(t)
	certs := filepath.Join(home, ".config", "containers", "certs.d", host)
	if err := os.MkdirAll(certs, 0o700); err != nil {
		t.Fatal(err)
	}
	auth := filepath.Join(home, "auth.json")
	login := func(password string) (int, string) {
		return slimifyWith(t, password, "login", "--authfile", auth, "--username", registryUser, "--password-stdin", host)
	}
	fat, slim := lab.Registry()+"/seed/flask:3.9", host+"/seed/flask:slim"

	expect := func(step string, code int, want int, output, says string) {
		t.Helper()
		if code != want || !strings.Contains(output, says) {
			t.Fatalf("%s: exit status %d, want %d with %q\n%s", step, code, want, says, output)
		}
		if strings.Contains(output, registryPassword) {
			t.Errorf("%s prints the password:\n%s", step, output)
		}
		t.Logf("%s: %s", step, output)
	}
	code, output := login(registryPassword)
	expect("unknown authority", code, 4, output, "--ca-file")
	if err := os.WriteFile(filepath.Join(certs, "ca.crt"), ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, output = login(registryPassword)
	expect("no client certificate", code, 4, output, "it asks for a client certificate")
	client, err := ca.Client()
	if err != nil {
		t.Fatal(err)
	}
	if err := certtest.Write(client, certs, "client"); err != nil {
		t.Fatal(err)
	}
	code, output = login("wrong")
	expect("wrong password", code, 4, output, "check the user and the password")
	if _, err := os.Stat(auth); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a wrong password was stored: %v", err)
	}
	code, output = login(registryPassword)
	expect("login", code, 0, output, "logged in to "+host)

	digest := lab.Slim(t, "--authfile", auth, fat, slim)
	pulled := filepath.Join(home, "pulled")
	lab.Tool(t, "skopeo", "copy", "-q", "--authfile", auth, "docker://"+slim, "dir:"+pulled)
	if got := "sha256:" + lab.Tool(t, "sh", "-c", "sha256sum "+pulled+"/manifest.json | cut -d' ' -f1"); got != digest {
		t.Errorf("skopeo pulled %s, slimify said %s", got, digest)
	}
	if got := lab.Tool(t, "podman", "login", "--authfile", auth, "--get-login", host); got != registryUser {
		t.Errorf("podman finds the user %q", got)
	}
	// The other way round: what podman stored.
	other := filepath.Join(home, "podman.json")
	lab.Tool(t, "podman", "login", "--authfile", other, "-u", registryUser, "-p", registryPassword, host)
	if again := lab.Slim(t, "--authfile", other, fat, slim); again != digest {
		t.Errorf("with podman's file the digest is %s, not %s", again, digest)
	}

	code, output = slimifyWith(t, "", "logout", "--authfile", auth, host)
	expect("logout", code, 0, output, "logged out of "+host)
	r := lab.Run(t, "--authfile", auth, fat, slim)
	expect("after logout", r.Code, 4, r.Stdout+r.Stderr, "run slimify login "+host)
}

// privateRegistry starts a registry on a free port of loopback.
func privateRegistry(t *testing.T) (host string, ca *certtest.Authority) {
	t.Helper()
	dir := t.TempDir()
	ca, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := certtest.Write(server, dir, "server"); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"users": registryUsers, "ca.pem": string(ca.PEM()), "config.yml": fmt.Sprintf(`version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: %[1]s/data}}
auth: {htpasswd: {realm: private, path: %[1]s/users}}
http:
  addr: %[2]s
  tls: {certificate: %[1]s/server.cert, key: %[1]s/server.key, clientcas: [%[1]s/ca.pem]}
`, dir, host),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("docker-registry", "serve", filepath.Join(dir, "config.yml"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("the registry said:\n%s", said.String())
		}
	})
	for range 100 {
		// The handshake of TLS 1.3 ends before the server asks for the client's certificate.
		conn, err := tls.Dial("tcp", host, &tls.Config{RootCAs: ca.Pool()})
		if err == nil {
			_ = conn.Close()
			return host, ca
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the registry does not start")
	return "", nil
}

// slimifyWith runs slimify with something on standard input. It returns the exit status
// and all of its output.
func slimifyWith(t *testing.T, stdin string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(lab.Program(), args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
