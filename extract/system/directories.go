package system

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/extract/view"
	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// configured returns the directories that the config names, each with its reason:
// VOLUMEs, WORKDIR, and the home of the container's user.
func configured(s *selection.State) map[string]string {
	out := make(map[string]string)
	add := func(dir, text string) {
		if name, err := layers.CleanName(dir); err == nil && name != "." && path.IsAbs(dir) {
			out[name] = text
		}
	}
	add(imageconfig.Getenv(s.Config.Config.Env, "HOME"), "HOME")
	add(userHome(s), "home of USER "+s.Config.Config.User)
	for volume := range s.Config.Config.Volumes {
		add(volume, "VOLUME")
	}
	add(s.Config.Config.WorkingDir, "WORKDIR")
	return out
}

// userHome is the home of the container's user, from FAT's or the base's accounts, or
// "".
func userHome(s *selection.State) string {
	user, _, _ := strings.Cut(s.Config.Config.User, ":")
	if user == "" {
		return ""
	}
	for _, t := range []*layers.Tree{s.Upper(), s.Base.Tree} {
		passwd, _ := t.ReadFile("etc/passwd")
		for line := range strings.Lines(string(passwd)) {
			if f := strings.Split(strings.TrimSpace(line), ":"); len(f) == 7 && (f[0] == user || f[2] == user) {
				return f[5]
			}
		}
	}
	return ""
}

// ClaimDirectories claims the directories that the config names, with owner and mode,
// but not their content.
func ClaimDirectories(s *selection.State, claim selection.ClaimFunc) {
	for name, text := range configured(s) {
		if n, err := s.Upper().Resolve(name); err == nil && n.Kind == layers.Dir && n.Parent() != nil {
			claim(n, text, "")
		}
	}
}

// MakeDirectories creates the WORKDIR and the VOLUMEs that SLIM lacks: a builder may
// leave them to the runtime, which does not always create them.
func MakeDirectories(s *selection.State) {
	v := view.New(s)
	dirs := configured(s)
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		text := dirs[name]
		if text != "WORKDIR" && text != "VOLUME" || v.InSlim(name) != nil {
			continue
		}
		if n, err := s.Upper().Lookup(name); err == nil && !n.Implied {
			continue // a dangling link, or dropped by the user
		}
		makeDirectory(s, v, name, selection.Reason{Rule: selection.Directory, Text: text})
	}
}

// makeDirectory creates a directory, after the missing ones above it.
func makeDirectory(s *selection.State, v *view.View, name string, r selection.Reason) {
	above := path.Dir(name)
	in, err := s.Upper().Lookup(above)
	if err != nil {
		in = nil
		generated := slices.ContainsFunc(s.Selection.Generated, func(g selection.Generated) bool { return g.Entry.Name == above })
		if !generated && v.InSlim(above) == nil {
			makeDirectory(s, v, above, r)
		}
	}
	e := layers.Entry{Name: name, Kind: layers.Dir, Mode: 0o755}
	s.Selection.Generate(selection.Generated{Entry: e, In: in, Part: selection.System, Reason: r})
}
