package bench

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// results is the content of the document; a contest that did not run is nil.
type results struct {
	seed, large, native, plotting, scaling, memory *contest

	user, base int64 // bytes of the small application's own layers, and of the slim base
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
func megabytes(n int64) float64 { return float64(n) / 1e6 }

// render writes the document.
func (r *results) render(pairs int, took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Benchmarks

Written by `+"`task bench`"+`; [how it works](../testdata/bench/README.md). All measurements are from one machine, in one run of %d minutes, against a
registry on loopback whose files are in memory for all. Every run is cold, unless it says otherwise: a new process, home, temporary directory
and cache, and an empty repository to push to. The contestants take turns. A ratio is the median of the ratios of %d rounds, any other figure
the median of the rounds. "Relative" is the wall time as a multiple of slimify's. Memory is that of the largest process.

%s
## Targets

| | target | measured | met |
|---|---|---|---|
`, int(took.Minutes()+0.5), pairs, machine())
	targets := r.targets()
	missed, open := 0, 0
	for _, t := range targets {
		measured, met := "not measured", ""
		switch {
		case !t.known:
			open++
		case t.met:
			measured, met = t.measured, "yes"
		default:
			measured, met = t.measured, "**no**"
			missed++
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", t.name, t.target, measured, met)
	}
	fmt.Fprintf(&b, "\n%s\n", verdict(len(targets), missed, open))
	for _, c := range []*contest{r.seed, r.large, r.native, r.plotting} {
		if c != nil {
			c.render(&b)
		}
	}
	r.renderScaling(&b)
	if r.memory.has(coldRun) {
		cost := r.memory.cost(coldRun)
		fmt.Fprintf(&b, "\n## A very large image\n\n10 GiB in 100,000 files, mostly repetitive so that the blobs are small: "+
			"%.0f s, %.0f s of CPU, %.0f MiB at most.\n", cost.Wall.Seconds(), cost.CPU.Seconds(), mebibytes(cost.RSS))
	}
	b.WriteString("\n## The other tools\n\n")
	for _, name := range []string{"rebuild", "crane", "skopeo"} {
		fmt.Fprintf(&b, "- **%s**: %s\n", contestants[name].name, contestants[name].does)
	}
	return b.String()
}

func verdict(all, missed, open int) string {
	text := fmt.Sprintf("%d of %d targets are met", all-missed-open, all)
	if missed > 0 {
		text += fmt.Sprintf("; %d missed", missed)
	}
	if open > 0 {
		text += fmt.Sprintf("; %d not measured", open)
	}
	return text + "."
}

// render writes a contest's table.
func (c *contest) render(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| | wall s | relative | CPU s | MiB | requests | MB down | MB up |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
		c.title, c.about)
	for _, e := range c.entrants {
		if !c.has(e.name) {
			fmt.Fprintf(b, "| %s | failed | | | | | | |\n", e.name)
			continue
		}
		cost := c.cost(e.name)
		times := ""
		if c.has(coldRun) {
			times = fmt.Sprintf("%.2f", c.ratio(e.name, coldRun))
		}
		fmt.Fprintf(b, "| %s | %.2f | %s | %.2f | %.0f |", e.name, cost.Wall.Seconds(), times, cost.CPU.Seconds(), mebibytes(cost.RSS))
		if t, ok := c.traffic(e.name); ok {
			fmt.Fprintf(b, " %d | %.2f | %.2f |\n", t.Requests, megabytes(t.Down), megabytes(t.Up))
		} else {
			b.WriteString(" | | |\n")
		}
	}
}

func (r *results) renderScaling(b *strings.Builder) {
	c := r.scaling
	if c == nil {
		return
	}
	fmt.Fprintf(b, `
## Scaling

A generated application: ×1 has %d files of %d MB in total on python:3.11. The slim base is cached from a run on another image; otherwise its layers
would be read in parallel with the user's and hide the cost of their first bytes. For comparison, klauspost's gunzip decompresses the same user layers
from files, in one thread, and discards the output.

| | wall s | CPU s | MiB | MB down | gunzip s | slimify / gunzip |
|---|---:|---:|---:|---:|---:|---:|
`, unit.files, unit.bytes/1e6)
	for _, s := range scales {
		gunzip := gunzipOf + s.name
		if !c.has(s.name) || !c.has(gunzip) {
			fmt.Fprintf(b, "| %s | failed | | | | | |\n", s.name)
			continue
		}
		cost := c.cost(s.name)
		t, _ := c.traffic(s.name)
		fmt.Fprintf(b, "| %s | %.2f | %.2f | %.0f | %.2f | %.2f | %.2f |\n", s.name, cost.Wall.Seconds(), cost.CPU.Seconds(),
			mebibytes(cost.RSS), megabytes(t.Down), c.cost(gunzip).Wall.Seconds(), c.ratio(s.name, gunzip))
	}
}

// machine describes the machine, on which the figures depend.
func machine() string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", name, value)
		}
	}
	b.WriteString("| | |\n|---|---|\n")
	add("CPU", first("/proc/cpuinfo", `(?m)^model name\s*: (.+)$`))
	add("cores", fmt.Sprint(runtime.NumCPU()))
	add("memory", strings.Replace(first("/proc/meminfo", `MemTotal:\s*(\d+ kB)`), " kB", " KiB", 1))
	add("kernel", first("/proc/sys/kernel/osrelease", `^([0-9.]+)`))
	add("system", first("/etc/os-release", `(?m)^PRETTY_NAME="(.+)"$`))
	add("Go", strings.TrimPrefix(runtime.Version(), "go"))
	klauspost, _ := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/klauspost/compress").Output()
	add("klauspost/compress", strings.TrimSpace(string(klauspost)))
	add("crane", craneVersion)
	for _, tool := range []string{"buildah", "skopeo", "docker-registry"} {
		out, _ := exec.Command(tool, "--version").Output()
		add(tool, regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out)))
	}
	return b.String()
}

// first returns what the pattern's group finds in a file.
func first(file, pattern string) string {
	raw, _ := os.ReadFile(file)
	if m := regexp.MustCompile(pattern).FindSubmatch(raw); m != nil {
		return string(m[1])
	}
	return ""
}
