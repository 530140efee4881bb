package imageconfig

import (
	"fmt"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/internal/text"
)

// Step is an instruction of a Dockerfile, from the history of an image.
type Step struct {
	// Text is the instruction as BuildKit would write it: "COPY . /app",
	// "RUN pip install flask". The builders' wrappings are removed.
	Text string
	// Layer is the index of the layer that the step made; -1 if it made none.
	Layer int
}

var (
	// The classic builder and buildah write "/bin/sh -c #(nop) CMD …" and
	// "/bin/sh -c …", with "|1 ARG=value " before it where arguments were given.
	buildArgs = regexp.MustCompile(`^\|\d+ (.*? )?(/bin/(?:ba)?sh -c )`)
	runShell  = regexp.MustCompile(`^(RUN )?/bin/(?:ba)?sh (?:-o pipefail )?-c `)
	nop       = regexp.MustCompile(`^/bin/sh -c #\(nop\)\s+`)
)

// Steps aligns an image's history with its layers. It returns nil if they do
// not agree in number (a squashed image, an edited history): then history says
// nothing.
func Steps(config *v1.ConfigFile) []Step {
	var steps []Step
	layer := 0
	for _, h := range config.History {
		s := Step{Text: stepText(h.CreatedBy), Layer: -1}
		if !h.EmptyLayer {
			s.Layer = layer
			layer++
		}
		steps = append(steps, s)
	}
	if layer != len(config.RootFS.DiffIDs) {
		return nil
	}
	return steps
}

func stepText(createdBy string) string {
	s := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(createdBy), "# buildkit"))
	if m := nop.FindString(s); m != "" {
		return strings.TrimSpace(s[len(m):])
	}
	if m := buildArgs.FindStringSubmatchIndex(s); m != nil {
		s = s[m[4]:]
	}
	if strings.HasPrefix(s, "RUN |") {
		if m := buildArgs.FindStringSubmatchIndex(s[len("RUN "):]); m != nil {
			s = s[len("RUN ")+m[4]:]
		}
	}
	if m := runShell.FindString(s); m != "" {
		return "RUN " + s[len(m):]
	}
	return s
}

// LayerText names a layer for people, by its number and by the instruction that
// made it, if history has it: "layer 8 of 9: COPY . /app".
func LayerText(config *v1.ConfigFile, layer int) string {
	label := fmt.Sprintf("layer %d of %d", layer+1, len(config.RootFS.DiffIDs))
	for _, s := range Steps(config) {
		if s.Layer == layer && s.Text != "" {
			return label + ": " + text.Shorten(copiedSum.ReplaceAllString(s.Text, "$1…"), MaxStep)
		}
	}
	return label
}

// copiedSum is how the classic builder and buildah write what COPY and ADD
// brought: by its checksum.
var copiedSum = regexp.MustCompile(`((?:file|dir|multi):[0-9a-f]{6})[0-9a-f]{58}`)

// MaxStep bounds an instruction's text in letters: some are whole scripts.
const MaxStep = 60

// instruction returns a step's keyword in upper case.
func (s Step) instruction() string {
	word, _, _ := strings.Cut(s.Text, " ")
	return strings.ToUpper(word)
}

// Copies reports whether the step brought files from outside of the image.
func (s Step) Copies() bool {
	i := s.instruction()
	return i == "COPY" || i == "ADD"
}

// Getenv returns the value of a variable in a config's Env, or "".
func Getenv(env []string, key string) string {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, key+"="); ok {
			return v
		}
	}
	return ""
}
