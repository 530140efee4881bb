package debian

import (
	"crypto/md5" //nolint:gosec // dpkg's checksums, not ours
	"encoding/hex"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/internal/dpkg"
	"github.com/slimify/slimify/layers"
)

// ClaimEdited claims files of Debian packages that the user changed after installation:
// files of a later layer than the package's list of files, which every installation
// rewrites, and configuration files whose checksum is not the package's.
func ClaimEdited(s *selection.State, owned *Ownership, claim selection.ClaimFunc) {
	if len(owned.Files) == 0 {
		return
	}
	var original map[string]string
	if status, err := s.Upper().ReadFile(dpkg.StatusFile); err == nil {
		original = conffiles(status)
	}
	for n, owner := range owned.Files {
		list := owned.Lists[owner]
		if n.Pos.Layer > list.Pos.Layer {
			claim(n, "changed after "+owner+" was installed", list.Path())
			continue
		}
		want := original[n.Path()]
		if want == "" || n.Kind != layers.File || int64(len(n.Evidence)) != n.Size {
			continue
		}
		if sum := md5.Sum(n.Evidence); hex.EncodeToString(sum[:]) != want { //nolint:gosec // see the import
			claim(n, "configuration of "+owner+", changed by the user", dpkg.StatusFile)
		}
	}
}

// conffiles returns the checksums of packages' configuration files as installed, by
// path (the field Conffiles of dpkg's status file).
func conffiles(status []byte) map[string]string {
	out := make(map[string]string)
	in := false
	for line := range strings.Lines(string(status)) {
		if !strings.HasPrefix(line, " ") {
			in = strings.HasPrefix(line, "Conffiles:")
			continue
		}
		f := strings.Fields(line)
		if !in || len(f) < 2 || len(f[1]) != hex.EncodedLen(md5.Size) {
			continue // "newconffile" is not installed yet
		}
		if name, err := layers.CleanName(f[0]); err == nil {
			out[name] = f[1]
		}
	}
	return out
}
