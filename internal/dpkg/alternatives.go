package dpkg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Group is a link group of update-alternatives(1): a name that several packages
// provide, with its slave links.
type Group struct {
	Name    string // the name of its file in dpkg's alternatives directory
	Manual  bool   // the administrator chose; otherwise the highest priority wins
	Link    string // "/usr/bin/editor"
	Slaves  []Slave
	Choices []Choice
}

// Slave is a link that follows the group's, such as a manual page.
type Slave struct{ Name, Link string }

// Choice is one of a group's alternatives.
type Choice struct {
	Path     string
	Priority int
	// Slaves are the paths for the group's slaves, in their order; "" if the
	// choice has none.
	Slaves []string
}

// ParseGroup reads a file of dpkg's alternatives directory: the status, the link,
// pairs of slave names and links up to an empty line, then for each choice its
// path, priority and slave paths.
func ParseGroup(name string, data []byte) (*Group, error) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	next := func() (string, error) {
		if len(lines) == 0 {
			return "", fmt.Errorf("alternatives of %s end too early", name)
		}
		line := lines[0]
		lines = lines[1:]
		return line, nil
	}
	g := &Group{Name: name}
	status, err := next()
	if err != nil {
		return nil, err
	}
	g.Manual = status == "manual"
	if g.Link, err = next(); err != nil {
		return nil, err
	}
	for {
		slave, err := next()
		if err != nil {
			return nil, err
		}
		if slave == "" {
			break
		}
		link, err := next()
		if err != nil {
			return nil, err
		}
		g.Slaves = append(g.Slaves, Slave{slave, link})
	}
	for {
		var c Choice
		if c.Path, err = next(); err != nil || c.Path == "" {
			return g, nil //nolint:nilerr // the file may lack its last, empty line
		}
		priority, err := next()
		if err != nil {
			return nil, err
		}
		if c.Priority, err = strconv.Atoi(priority); err != nil {
			return nil, fmt.Errorf("alternatives of %s: priority of %s: %w", name, c.Path, err)
		}
		for range g.Slaves {
			slave, err := next()
			if err != nil {
				return nil, err
			}
			c.Slaves = append(c.Slaves, slave)
		}
		g.Choices = append(g.Choices, c)
	}
}

// Format writes the group as update-alternatives does.
func (g *Group) Format() []byte {
	var b strings.Builder
	status := "auto"
	if g.Manual {
		status = "manual"
	}
	fmt.Fprintf(&b, "%s\n%s\n", status, g.Link)
	for _, s := range g.Slaves {
		fmt.Fprintf(&b, "%s\n%s\n", s.Name, s.Link)
	}
	b.WriteString("\n")
	for _, c := range g.Choices {
		fmt.Fprintf(&b, "%s\n%d\n", c.Path, c.Priority)
		for i := range g.Slaves {
			fmt.Fprintf(&b, "%s\n", c.Slaves[i])
		}
	}
	b.WriteString("\n")
	return []byte(b.String())
}

// Only returns the group with the choices that exist, or nil if none does. If
// the administrator's choice does not exist, the group becomes automatic.
func (g *Group) Only(chosen string, exists func(path string) bool) *Group {
	out := *g
	out.Choices = slices.DeleteFunc(slices.Clone(g.Choices), func(c Choice) bool { return !exists(c.Path) })
	if len(out.Choices) == 0 {
		return nil
	}
	out.Manual = g.Manual && slices.ContainsFunc(out.Choices, func(c Choice) bool { return c.Path == chosen })
	return &out
}

// Best is the choice that the group's links lead to: the administrator's, else
// the first with the highest priority.
func (g *Group) Best(chosen string) Choice {
	best := g.Choices[0]
	for _, c := range g.Choices {
		if g.Manual && c.Path == chosen {
			return c
		}
		if c.Priority > best.Priority {
			best = c
		}
	}
	return best
}
