package main

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/slimify/slimify/assemble/report"
	"github.com/slimify/slimify/internal/shellquote"
)

// size prints bytes as registries' pages do: 1000 bytes to the kB.
func size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// ratio prints how small a size became: "5.1x smaller".
func ratio(c report.Change) string {
	if c.After <= 0 || c.Before <= 0 || c.After == c.Before {
		return ""
	}
	return fmt.Sprintf(", %.1fx smaller", float64(c.Before)/float64(c.After))
}

// summarize tells people what was done: on ten lines at most for one platform,
// with its warnings.
func summarize(w io.Writer, rep *report.Report, dryRun bool, colour palette) {
	switch {
	case rep.UpToDate:
		fmt.Fprintf(w, "%s is up to date: it was made of %s as it is now\n", rep.Result.Ref, rep.Source.Ref)
	case rep.Unchanged:
		fmt.Fprintf(w, "%s stays as it is: there is nothing to slim\n", rep.Source.Ref)
	}
	reused := 0
	for _, p := range rep.Platforms {
		if rep.Unchanged {
			break
		}
		if len(rep.Platforms) > 1 {
			fmt.Fprintf(w, "platform    %s\n", clean(p.Platform))
		}
		fmt.Fprintf(w, "base        %s (%s)\n", p.Base.Ref, clean(p.Base.Why))
		fmt.Fprintf(w, "kept        %s\n", keptText(p))
		printBytes(w, p.Bytes, "")
		fmt.Fprintf(w, "verified    %s\n", verifiedText(p.Verify, colour))
		printUndecided(w, p.Undecided, colour)
		for _, l := range p.Layers {
			if l.From == "reused" {
				reused++
			}
		}
	}
	if len(rep.Attached) > 0 {
		fmt.Fprintf(w, "attached    %s\n", attachedText(rep.Attached))
	}
	n := rep.Network
	fmt.Fprintf(w, "network     %s down, %s up, %s mounted, %s", size(n.Downloaded), size(n.Uploaded), count(int(n.Mounted), "blob"), count(int(n.Requests), "request"))
	if reused > 0 {
		fmt.Fprintf(w, "; %s of the image reused", count(reused, "layer"))
	}
	if dryRun {
		fmt.Fprint(w, "; nothing was written (dry run)")
	}
	fmt.Fprintln(w)
}

// platformRecord is what a record tells of a platform.
type platformRecord struct {
	Platform  string       `json:"platform"`
	Base      string       `json:"base"`
	Bytes     report.Bytes `json:"bytes"`
	Verified  string       `json:"verified"`
	Undecided int          `json:"undecided"`
}

// record tells a log in one record what was done.
func record(to *slog.Logger, rep *report.Report, dryRun bool) {
	platforms := []platformRecord{}
	for _, p := range rep.Platforms {
		platforms = append(platforms, platformRecord{p.Platform, p.Base.Ref, p.Bytes, p.Verify.Status, len(p.Undecided)})
	}
	to.Info("done", "source", rep.Source.Ref, "result", rep.Result.Ref, "unchanged", rep.Unchanged, "up_to_date", rep.UpToDate,
		"dry_run", dryRun, "platforms", platforms, "network", rep.Network)
}

// verifiedText says in few words what verification found. What failed it is an
// error and has no summary.
func verifiedText(v report.Checked, colour palette) string {
	text := v.Status
	if v.Status == "pass" {
		text = colour.good(text)
	}
	if len(v.Checks) > 0 {
		text += ": " + count(len(v.Checks), "check")
	}
	if v.Notes > 0 {
		text += ", " + count(v.Notes, "note") + " (slimify verify tells them)"
	}
	return text
}

// maxWarnings is how many warnings a summary of ten lines holds.
const maxWarnings = 2

// warn tells the warnings of a run: all of them in a log, and on a terminal what a
// summary holds.
func (c *common) warn(t *terminal, warnings []report.Warning) {
	for i, w := range warnings {
		if i == maxWarnings-1 && len(warnings) > maxWarnings && !c.verbose && t.screen.IsTerminal() {
			c.opts.Log.Warn(fmt.Sprintf("%d more: slimify plan tells them, and -v", len(warnings)-i))
			return
		}
		c.opts.Log.Warn(w.Message)
	}
}

// attachedText counts documents by their media types.
func attachedText(list []report.Attached) string {
	var names []string
	for _, a := range list {
		if !slices.Contains(names, a.Type) {
			names = append(names, a.Type)
		}
	}
	return count(len(list), "document") + ": " + strings.Join(names, ", ")
}

// printBytes compares sizes; about stands before those of a result that was not
// written.
func printBytes(w io.Writer, b report.Bytes, about string) {
	unpacked := "?"
	if b.Unpacked.Before != nil {
		unpacked = size(*b.Unpacked.Before)
		if b.Unpacked.Estimated {
			unpacked = "about " + unpacked
		}
	}
	fmt.Fprintf(w, "compressed  %s -> %s%s%s\n", size(b.Compressed.Before), about, size(b.Compressed.After), ratio(b.Compressed))
	fmt.Fprintf(w, "unpacked    %s -> %s%s\n", unpacked, about, size(b.Unpacked.After))
}

// keptText sums what was kept, by kind.
func keptText(p report.Platform) string {
	parts := make(map[string]int64)
	for _, list := range [][]report.Path{p.Kept, p.Added} {
		for _, k := range list {
			if k.Part != "" {
				parts[k.Part] += k.Size
			}
		}
	}
	var packages int64
	for _, d := range p.Packages {
		packages += d.Size
	}
	var out []string
	kind := func(there bool, name string, bytes int64) {
		if there {
			out = append(out, name+" "+size(bytes))
		}
	}
	has := func(part string) bool { _, ok := parts[part]; return ok }
	kind(has("dependencies"), count(len(p.Distributions), "distribution"), parts["dependencies"])
	kind(has("application"), "application", parts["application"])
	kind(len(p.Packages) > 0, count(len(p.Packages), "Debian package"), packages)
	rest := parts["system"] - packages
	kind(rest > 0 || has("system") && len(p.Packages) == 0, "other files", rest)
	if len(out) == 0 {
		return "nothing: the user's layers hold only what the base has"
	}
	return strings.Join(out, ", ")
}

// maxUndecided is how many undecided items a plan tells: they are for a person
// to look at.
const maxUndecided = 5

// printUndecided tells on two lines what evidence cannot decide, with the flags
// that settle it.
func printUndecided(w io.Writer, items []report.Undecided, colour palette) {
	head := colour.doubt("undecided") + "   "
	switch n := len(items); n {
	case 0:
	case 1:
		u := items[0]
		fmt.Fprintf(w, "%s%s: %s%s\n            %s\n", head, clean(u.ID), clean(u.Reason), evidence(u), settling(u))
	case 2:
		for i, u := range items {
			fmt.Fprintf(w, "%s%s%s: %s\n", head, clean(u.ID), evidence(u), flags(u))
			if i == 0 {
				head = strings.Repeat(" ", 12)
			}
		}
	default:
		u := items[0]
		ids := make([]string, 0, n)
		for _, other := range items[1:] {
			ids = append(ids, clean(other.ID))
		}
		fmt.Fprintf(w, "%s%s%s: %s\n", head, clean(u.ID), evidence(u), flags(u))
		fmt.Fprintf(w, "            %d more (%s): slimify plan tells them\n", n-1, fit(strings.Join(ids, ", "), refWidth))
	}
}

// flags are the flags that settle an undecided item, in few words.
func flags(u report.Undecided) string {
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

// place is a mention's file and line.
func place(m report.Mention) string {
	if m.Line == 0 {
		return clean(m.Path)
	}
	return fmt.Sprintf("%s:%d", clean(m.Path), m.Line)
}

// word is a text of an image that a person will type: cleaned, and as a shell takes it.
func word(s string) string { return shellquote.Word(clean(s)) }

// settling names the flags that settle an undecided item.
func settling(u report.Undecided) string {
	if u.Keep == "" {
		return "leave it behind with --accept " + word(u.ID)
	}
	return fmt.Sprintf("keep it with --keep %s, or leave it behind with --accept %s", word(u.Keep), word(u.ID))
}
