package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/slimify/slimify/assemble/report"
)

// ratio describes how much smaller a size became: ", 5.1x smaller".
func ratio(c report.Change) string {
	if c.After <= 0 || c.Before <= 0 || c.After == c.Before {
		return ""
	}
	return fmt.Sprintf(", %.1fx smaller", float64(c.Before)/float64(c.After))
}

// PrintSummary prints what a run did. For one platform it has at most ten lines, warnings
// included.
func PrintSummary(w io.Writer, rep *report.Report, dryRun bool, colour Palette) {
	switch {
	case rep.UpToDate:
		fmt.Fprintf(w, "%s is up to date with %s\n", rep.Result.Ref, rep.Source.Ref)
	case rep.Unchanged:
		fmt.Fprintf(w, "%s stays as it is: there is nothing to slim\n", rep.Source.Ref)
	}
	reused := 0
	for _, p := range rep.Platforms {
		if rep.Unchanged {
			break
		}
		if len(rep.Platforms) > 1 {
			fmt.Fprintf(w, "platform    %s\n", Clean(p.Platform))
		}
		fmt.Fprintf(w, "base        %s (%s)\n", p.Base.Ref, Clean(p.Base.Why))
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
	fmt.Fprintf(w, "network     %s down, %s up, %s mounted, %s", Size(n.Downloaded), Size(n.Uploaded), Count(int(n.Mounted), "blob"), Count(int(n.Requests), "request"))
	if reused > 0 {
		fmt.Fprintf(w, "; %s of the image reused", Count(reused, "layer"))
	}
	if dryRun {
		fmt.Fprint(w, "; dry run: nothing was written")
	}
	fmt.Fprintln(w)
}

// verifiedText describes the result of verification. A failure is an error and has no
// summary.
func verifiedText(v report.Checked, colour Palette) string {
	text := v.Status
	if v.Status == "pass" {
		text = colour.Good(text)
	}
	if len(v.Checks) > 0 {
		text += ": " + Count(len(v.Checks), "check")
	}
	if v.Notes > 0 {
		text += ", " + Count(v.Notes, "note") + " (see slimify verify)"
	}
	return text
}

// attachedText describes the documents that were attached.
func attachedText(list []report.Attached) string {
	var names []string
	for _, a := range list {
		if !slices.Contains(names, a.Type) {
			names = append(names, a.Type)
		}
	}
	return Count(len(list), "document") + ": " + strings.Join(names, ", ")
}

// printBytes compares sizes. about precedes the sizes of a result that was not written.
func printBytes(w io.Writer, b report.Bytes, about string) {
	unpacked := "?"
	if b.Unpacked.Before != nil {
		unpacked = Size(*b.Unpacked.Before)
		if b.Unpacked.Estimated {
			unpacked = "about " + unpacked
		}
	}
	fmt.Fprintf(w, "compressed  %s -> %s%s%s\n", Size(b.Compressed.Before), about, Size(b.Compressed.After), ratio(b.Compressed))
	fmt.Fprintf(w, "unpacked    %s -> %s%s\n", unpacked, about, Size(b.Unpacked.After))
}

// keptText describes what was kept, with the size of each kind.
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
			out = append(out, name+" "+Size(bytes))
		}
	}
	has := func(part string) bool { _, ok := parts[part]; return ok }
	kind(has("dependencies"), Count(len(p.Distributions), "Python package"), parts["dependencies"])
	kind(has("application"), "application", parts["application"])
	kind(len(p.Packages) > 0, Count(len(p.Packages), "Debian package"), packages)
	rest := parts["system"] - packages
	kind(rest > 0 || has("system") && len(p.Packages) == 0, "other files", rest)
	if len(out) == 0 {
		return "nothing: the base has everything that the image has"
	}
	return strings.Join(out, ", ")
}
