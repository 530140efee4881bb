package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize"

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
	if rep.Unchanged {
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
		unpacked := "?"
		if p.Bytes.Unpacked.Before != nil {
			unpacked = size(*p.Bytes.Unpacked.Before)
			if p.Bytes.Unpacked.Estimated {
				unpacked = "about " + unpacked
			}
		}
		fmt.Fprintf(w, "compressed  %s -> %s%s\n", size(p.Bytes.Compressed.Before), size(p.Bytes.Compressed.After), ratio(p.Bytes.Compressed))
		fmt.Fprintf(w, "unpacked    %s -> %s\n", unpacked, size(p.Bytes.Unpacked.After))
		fmt.Fprintf(w, "verified    %s: %s\n", p.Verify.Status, strings.Join(p.Verify.Checks, ", "))
	}
	n := rep.Network
	fmt.Fprintf(w, "network     %s down, %s up, %d blobs mounted, %d requests\n", size(n.Downloaded), size(n.Uploaded), n.Mounted, n.Requests)
	if dryRun {
		fmt.Fprintln(w, "dry run     nothing was written")
	}
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
		out = append(out, fmt.Sprintf("%d distributions (%s)", len(p.Distributions), size(g.bytes)))
	}
	for _, name := range []string{"application", "system"} {
		if g := groups[name]; g != nil {
			out = append(out, fmt.Sprintf("%s %d paths (%s)", name, g.files, size(g.bytes)))
		}
	}
	if len(out) == 0 {
		return "nothing: the user's layers hold only what the base has"
	}
	return strings.Join(out, ", ")
}
