package reference

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// hostCerts are the machine's certificates for one registry
// (containers-certs.d(5) and Docker's documentation).
type hostCerts struct {
	dir         string // "" if there are none
	authorities []byte // PEM
	clients     []tls.Certificate
}

// certDirs lists the directories that may hold certificates for host, in order: the
// user's for podman, rootless Docker and Docker Desktop, then the machine's.
func certDirs(host string, getenv func(string) string) []string {
	home := getenv("HOME")
	config := getenv("XDG_CONFIG_HOME")
	if config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	docker := getenv("DOCKER_CONFIG")
	if docker == "" && home != "" {
		docker = filepath.Join(home, ".docker")
	}
	var dirs []string
	if config != "" {
		dirs = append(dirs, filepath.Join(config, "containers"), filepath.Join(config, "docker"))
	}
	if docker != "" {
		dirs = append(dirs, docker)
	}
	dirs = append(dirs, "/etc/containers", "/etc/docker")
	for i, dir := range dirs {
		dirs[i] = filepath.Join(dir, "certs.d", host)
	}
	return dirs
}

// readCerts reads the first directory for host that exists and is readable, as podman
// does: *.crt are authorities, NAME.cert and NAME.key a client certificate and its
// key.
func readCerts(host string, getenv func(string) string) (*hostCerts, error) {
	for _, dir := range certDirs(host, getenv) {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading certificates of %s: %w", host, err)
		}
		certs := &hostCerts{dir: dir}
		for _, e := range entries {
			if err := certs.read(filepath.Join(dir, e.Name())); err != nil {
				return nil, fmt.Errorf("reading certificates of %s: %w", host, err)
			}
		}
		return certs, nil
	}
	return &hostCerts{}, nil
}

// read reads one file of the directory by its extension, or ignores it.
func (c *hostCerts) read(file string) error {
	name, ext := strings.TrimSuffix(file, filepath.Ext(file)), filepath.Ext(file)
	switch ext {
	case ".crt":
		pem, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !x509.NewCertPool().AppendCertsFromPEM(pem) {
			return fmt.Errorf("%q holds no PEM certificate", file)
		}
		c.authorities = append(append(c.authorities, pem...), '\n')
	case ".cert":
		pair, err := tls.LoadX509KeyPair(file, name+".key")
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%q has no %q next to it; certificate authorities end in .crt", file, filepath.Base(name)+".key")
		}
		if err != nil {
			return fmt.Errorf("%q: %w", file, err)
		}
		c.clients = append(c.clients, pair)
	case ".key":
		if _, err := os.Stat(name + ".cert"); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%q has no %q next to it", file, filepath.Base(name)+".cert")
		}
	}
	return nil
}
