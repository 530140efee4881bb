package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"github.com/slimify/slimify/assemble"
)

// size prints bytes as registries' pages do: 1000 bytes to the kB.
func size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// ratio prints how small a size became: "5.1x smaller".
func ratio(c assemble.Change) string {
	if c.After <= 0 || c.Before <= 0 {
		return ""
	}
	return fmt.Sprintf(", %.1fx smaller", float64(c.Before)/float64(c.After))
}

// summarize tells people on a few lines what was done.
func summarize(w io.Writer, rep *assemble.Report, dryRun bool) {
	switch {
	case rep.UpToDate:
		fmt.Fprintf(w, "%s is up to date: it was made of %s as it is now\n", rep.Result.Ref, rep.Source.Ref)
	case rep.Unchanged:
		fmt.Fprintf(w, "%s stays as it is: there is nothing to slim\n", rep.Source.Ref)
	}
	for _, p := range rep.Platforms {
		if rep.Unchanged {
			break
		}
		if len(rep.Platforms) > 1 {
			fmt.Fprintf(w, "platform    %s\n", p.Platform)
		}
		fmt.Fprintf(w, "base        %s (%s)\n", p.Base.Ref, p.Base.Why)
		fmt.Fprintf(w, "kept        %s\n", keptText(p))
		printBytes(w, p.Bytes, "")
		printUndecided(w, p.Undecided)
		fmt.Fprintf(w, "verified    %s: %s\n", p.Verify.Status, strings.Join(p.Verify.Checks, ", "))
	}
	if len(rep.Attached) > 0 {
		fmt.Fprintf(w, "attached    %s\n", attachedText(rep.Attached))
	}
	n := rep.Network
	fmt.Fprintf(w, "network     %s down, %s up, %d blobs mounted, %d requests\n", size(n.Downloaded), size(n.Uploaded), n.Mounted, n.Requests)
	if dryRun {
		fmt.Fprintln(w, "dry run     nothing was written")
	}
}

// attachedText counts documents by their media types.
func attachedText(list []assemble.Attached) string {
	var names []string
	for _, a := range list {
		if !slices.Contains(names, a.Type) {
			names = append(names, a.Type)
		}
	}
	return english.Plural(len(list), "document", "") + ": " + strings.Join(names, ", ")
}

// printBytes compares sizes; about stands before those of a result that was not
// written.
func printBytes(w io.Writer, b assemble.Bytes, about string) {
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

// keptText groups what was kept by the layer it went to.
func keptText(p assemble.PlatformReport) string {
	type group struct {
		files int
		bytes int64
	}
	groups := make(map[string]*group)
	for _, list := range [][]assemble.PathReport{p.Kept, p.Added} {
		for _, k := range list {
			g := groups[k.Part]
			if g == nil {
				g = new(group)
				groups[k.Part] = g
			}
			g.files++
			g.bytes += k.Size
		}
	}
	var out []string
	if g := groups["dependencies"]; g != nil {
		out = append(out, fmt.Sprintf("%s (%s)", english.Plural(len(p.Distributions), "distribution", ""), size(g.bytes)))
	}
	for _, name := range []string{"application", "system"} {
		if g := groups[name]; g != nil {
			out = append(out, fmt.Sprintf("%s %s (%s)", name, english.Plural(g.files, "path", ""), size(g.bytes)))
		}
	}
	if n := len(p.Packages); n > 0 {
		out = append(out, english.Plural(n, "Debian package", ""))
	}
	if len(out) == 0 {
		return "nothing: the user's layers hold only what the base has"
	}
	return strings.Join(out, ", ")
}

// maxUndecided is how many undecided items a text tells: they are for a person
// to look at.
const maxUndecided = 5

// printUndecided tells what evidence cannot decide, with the flags that settle
// it.
func printUndecided(w io.Writer, items []assemble.UndecidedReport) {
	for i, u := range items {
		if i == maxUndecided {
			fmt.Fprintf(w, "            %d more: see slimify plan\n", len(items)-i)
			break
		}
		fmt.Fprintf(w, "undecided   %s: %s%s\n            %s\n", clean(u.ID), clean(u.Reason), evidence(u), settling(u))
	}
}

// evidence is the first place that mentions an item: " (/app/main.py:12)".
func evidence(u assemble.UndecidedReport) string {
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
func place(m assemble.Mention) string {
	if m.Line == 0 {
		return clean(m.Path)
	}
	return fmt.Sprintf("%s:%d", clean(m.Path), m.Line)
}

// settling names the flags that settle an undecided item.
func settling(u assemble.UndecidedReport) string {
	if u.Keep == "" {
		return "leave it behind with --accept " + clean(u.ID)
	}
	return fmt.Sprintf("keep it with --keep %s, or leave it behind with --accept %s", clean(u.Keep), clean(u.ID))
}
