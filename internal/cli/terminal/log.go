package terminal

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/slimify/slimify/assemble/reference"
	"github.com/slimify/slimify/internal/cli/text"
)

// textHandler prints records as lines for people: "slimify: base chosen
// base=python:3.9-slim". Lower case, no full stop, no time. Control characters are
// replaced: texts may come from an image.
type textHandler struct {
	mu    *sync.Mutex
	w     io.Writer
	level slog.Level
	words text.Palette
	attrs string
}

var _ slog.Handler = (*textHandler)(nil)

func newTextHandler(w io.Writer, level slog.Level, words text.Palette) *textHandler {
	return &textHandler{mu: new(sync.Mutex), w: w, level: level, words: words}
}

func (h *textHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString("slimify: ")
	if r.Level >= slog.LevelWarn {
		b.WriteString(h.words.Caution("warning:") + " ")
	}
	b.WriteString(text.Clean(r.Message))
	b.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attrText(a))
		return true
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := fmt.Fprintln(h.w, reference.Redact(b.String()))
	return err
}

// redactAttr removes secrets from what the JSON handler prints.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case error:
		a.Value = slog.StringValue(reference.Redact(v.Error()))
	case string:
		a.Value = slog.StringValue(reference.Redact(v))
	}
	return a
}

// attrText is an attribute as it follows a message.
func attrText(a slog.Attr) string { return text.Clean(fmt.Sprintf(" %s=%v", a.Key, a.Value)) }

func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *h
	for _, a := range attrs {
		out.attrs += attrText(a)
	}
	return &out
}

// WithGroup returns the handler itself: slimify logs without groups.
func (h *textHandler) WithGroup(string) slog.Handler { return h }
