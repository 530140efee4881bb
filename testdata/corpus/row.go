// Package corpus holds small real applications, each of which breaks in some
// way when only site-packages and the application's directory are copied onto
// the slim image, and the test that runs each from its slimmed image. See
// README.md.
package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// row is the settings at the start of an application's check.
type row struct {
	name, folder string

	covers  string   // which hazard, in words
	naive   string   // what the naive copy says when it fails
	refused string   // what slimify says when it refuses the image
	serves  string   // the port on which the image's own command listens
	build   []string // options of `lab image`
}

// header is a line at the head of a check: "# covers: time zones".
var header = regexp.MustCompile(`^# (\w+): (.+)$`)

// rows reads the corpus: a folder with a Dockerfile and a check is a row.
func rows() (list []row, err error) {
	checks, err := filepath.Glob("*/check")
	if err != nil {
		return nil, err
	}
	for _, check := range checks {
		folder, err := filepath.Abs(filepath.Dir(check))
		if err != nil {
			return nil, err
		}
		raw, err := os.ReadFile(check)
		if err != nil {
			return nil, err
		}
		r := row{name: filepath.Base(folder), folder: folder}
		if err := r.read(string(raw)); err != nil {
			return nil, fmt.Errorf("%s: %w", check, err)
		}
		list = append(list, r)
	}
	return list, nil
}

// read reads the head of a check: the comments that follow its first line.
func (r *row) read(check string) error {
	lines := strings.Split(check, "\n")
	if !strings.HasPrefix(lines[0], "#!") {
		return fmt.Errorf("its first line names no interpreter")
	}
	for _, line := range lines[1:] {
		m := header.FindStringSubmatch(line)
		if m == nil {
			break
		}
		switch key, value := m[1], m[2]; key {
		case "covers":
			r.covers = value
		case "naive":
			r.naive = value
		case "refused":
			r.refused = value
		case "serves":
			r.serves = value
		case "build":
			r.build = strings.Fields(value)
		default:
			return fmt.Errorf("no such header: %s", key)
		}
	}
	if r.covers == "" || (r.naive == "") == (r.refused == "") {
		return fmt.Errorf("it needs the header covers, and one of naive and refused")
	}
	return nil
}
