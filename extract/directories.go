package extract

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slimify/slimify/internal/imageconfig"
	"github.com/slimify/slimify/layers"
)

// configured lists the directories that the config names, each with what names
// it: VOLUMEs, WORKDIR, and the home of the container's user.
func configured(s *State) map[string]string {
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

// userHome is the home of the container's user by FAT's or the base's accounts,
// or "".
func userHome(s *State) string {
	user, _, _ := strings.Cut(s.Config.Config.User, ":")
	if user == "" {
		return ""
	}
	for _, t := range []*layers.Tree{s.tree(), s.base.Tree} {
		passwd, _ := t.ReadFile("etc/passwd")
		for line := range strings.Lines(string(passwd)) {
			if f := strings.Split(strings.TrimSpace(line), ":"); len(f) == 7 && (f[0] == user || f[2] == user) {
				return f[5]
			}
		}
	}
	return ""
}

// claimDirectories claims the directories that the config names, with owners and
// modes, and not what lies in them.
func claimDirectories(s *State, claim claimFunc) {
	for name, text := range configured(s) {
		if n, err := s.tree().Resolve(name); err == nil && n.Kind == layers.Dir && n.Parent() != nil {
			claim(n, text, "")
		}
	}
}

// makeDirectories makes the WORKDIR and the VOLUMEs that neither SLIM's new
// layers nor the base hold: a builder may leave them to the runtime, which does
// not always make them.
func makeDirectories(s *State) {
	view := newView(s)
	dirs := configured(s)
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		text := dirs[name]
		if text != "WORKDIR" && text != "VOLUME" || view.inSlim(name) != nil {
			continue
		}
		if n, err := s.tree().Lookup(name); err == nil && !n.Implied {
			continue // a link that leads nowhere, or what the user dropped
		}
		makeDirectory(s, view, name, Reason{Rule: RuleDirectory, Text: text})
	}
}

// makeDirectory makes a directory after those above it that are lacking too.
func makeDirectory(s *State, v *view, name string, r Reason) {
	above := path.Dir(name)
	in, err := s.tree().Lookup(above)
	if err != nil {
		in = nil
		made := slices.ContainsFunc(s.sel.Generated, func(g Generated) bool { return g.Entry.Name == above })
		if !made && v.inSlim(above) == nil {
			makeDirectory(s, v, above, r)
		}
	}
	e := layers.Entry{Name: name, Kind: layers.Dir, Mode: 0o755}
	s.sel.generate(Generated{Entry: e, In: in, Part: System, Reason: r})
}
