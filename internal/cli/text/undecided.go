package text

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/slimify/slimify/assemble/report"
)

// maxUndecided is the number of undecided items that a plan prints.
const maxUndecided = 5

// printUndecided prints undecided items on two lines, with the flags that resolve them.
func printUndecided(w io.Writer, items []report.Undecided, colour Palette) {
	head := colour.Caution("undecided") + "   "
	switch n := len(items); n {
	case 0:
	case 1:
		u := items[0]
		fmt.Fprintf(w, "%s%s: %s%s\n            %s\n", head, Clean(u.ID), Clean(u.Reason), evidence(u), Resolve(u))
	case 2:
		for i, u := range items {
			fmt.Fprintf(w, "%s%s%s: %s\n", head, Clean(u.ID), evidence(u), resolveFlags(u))
			if i == 0 {
				head = strings.Repeat(" ", 12)
			}
		}
	default:
		u := items[0]
		ids := make([]string, 0, n)
		for _, other := range items[1:] {
			ids = append(ids, Clean(other.ID))
		}
		fmt.Fprintf(w, "%s%s%s: %s\n", head, Clean(u.ID), evidence(u), resolveFlags(u))
		fmt.Fprintf(w, "            %d more (%s): see slimify plan\n", n-1, Fit(strings.Join(ids, ", "), refWidth))
	}
}

// resolveFlags are the flags that resolve an undecided item, in short.
func resolveFlags(u report.Undecided) string {
	if u.Keep == "" {
		return "--accept " + word(u.ID)
	}
	return "--keep " + word(u.Keep) + " or --accept " + word(u.ID)
}

// evidence is the first place that mentions an item: " (/app/main.py:12)".
func evidence(u report.Undecided) string {
	if len(u.Mentions) == 0 {
		return ""
	}
	at := place(u.Mentions[0])
	if more := len(u.Mentions) - 1; more > 0 {
		at += fmt.Sprintf(" and %d more", more)
	}
	return " (" + at + ")"
}

// place is the file and the line of a mention.
func place(m report.Mention) string {
	if m.Line == 0 {
		return Clean(m.Path)
	}
	return fmt.Sprintf("%s:%d", Clean(m.Path), m.Line)
}

// Resolve names the flags that resolve an undecided item.
func Resolve(u report.Undecided) string {
	if u.Keep == "" {
		return "leave it behind with --accept " + word(u.ID)
	}
	return fmt.Sprintf("keep it with --keep %s, or leave it behind with --accept %s", word(u.Keep), word(u.ID))
}

// printOpen prints what needs a decision.
func printOpen(w io.Writer, items []report.Undecided) {
	if len(items) == 0 {
		fmt.Fprintln(w, "UNDECIDED               nothing")
		return
	}
	fmt.Fprintln(w, "UNDECIDED")
	shown := maxMentions
	if len(items) > maxMentions {
		shown = 1
	}
	for i, u := range items {
		if i == maxUndecided {
			fmt.Fprintf(w, "  %d more: see -o json\n", len(items)-i)
			break
		}
		more := ""
		if n := len(u.Mentions); n > shown {
			more = fmt.Sprintf(" (in %d places)", n)
		}
		fmt.Fprintf(w, "  %s: %s%s\n", Clean(u.ID), Clean(u.Reason), more)
		for _, m := range u.Mentions[:min(len(u.Mentions), shown)] {
			at := "      " + place(m) + "  "
			fmt.Fprintf(w, "%s%s\n", at, Fit(m.Text, max(planWidth-utf8.RuneCountInString(at), NameWidth)))
		}
		fmt.Fprintf(w, "      %s\n", Resolve(u))
	}
}

// maxMentions is the number of mentions that are printed of an undecided item. If there
// are more items than this, it is one.
const maxMentions = 2
