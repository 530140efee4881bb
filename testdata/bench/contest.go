package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slimify/slimify/testdata/e2e/lab"
)

// sample is one run.
type sample struct {
	Cost
	Traffic
	counted bool // whether there was any traffic to count
}

// entrant is what runs once in each round of a contest.
type entrant struct {
	name string
	run  func(round int) (sample, error)
}

// contest is a job, by all who do it in turn. Whoever is compared is so within a
// round, and the median of the rounds' ratios is reported: what slows the
// machine for a while slows both.
type contest struct {
	title    string
	about    string
	entrants []entrant
	samples  map[string][]sample
	counts   map[string]Traffic // of the peers that are counted in a run of their own
}

// hold lets each entrant run in each round.
func (c *contest) hold(t *testing.T, rounds int) {
	t.Helper()
	for i := range rounds {
		for _, e := range c.entrants {
			s, err := e.run(i)
			if err != nil {
				t.Errorf("%s: %s: %v", c.title, e.name, err)
				continue
			}
			t.Logf("%s, round %d, %s: %.2f s, %.2f s of CPU, %.0f MiB, %d requests, %d bytes down, %d up",
				c.title, i+1, e.name, s.Wall.Seconds(), s.CPU.Seconds(), mebibytes(s.RSS), s.Requests, s.Down, s.Up)
			if c.samples == nil {
				c.samples = map[string][]sample{}
			}
			c.samples[e.name] = append(c.samples[e.name], s)
		}
	}
}

// has reports whether there are samples of an entrant.
func (c *contest) has(name string) bool { return c != nil && len(c.samples[name]) > 0 }

// cost is the median of each figure.
func (c *contest) cost(name string) Cost {
	s := c.samples[name]
	return Cost{
		Wall: medianOf(s, func(s sample) time.Duration { return s.Wall }),
		CPU:  medianOf(s, func(s sample) time.Duration { return s.CPU }),
		RSS:  medianOf(s, func(s sample) int64 { return s.RSS }),
	}
}

// traffic is the median of each figure; false if none was counted.
func (c *contest) traffic(name string) (Traffic, bool) {
	if counted, ok := c.counts[name]; ok {
		return counted, true
	}
	s := c.samples[name]
	return Traffic{
		Requests: medianOf(s, func(s sample) int64 { return s.Requests }),
		Down:     medianOf(s, func(s sample) int64 { return s.Down }),
		Up:       medianOf(s, func(s sample) int64 { return s.Up }),
	}, len(s) > 0 && s[0].counted
}

// ratio is the median over the rounds of the wall time of a by that of b.
func (c *contest) ratio(a, b string) float64 {
	var ratios []float64
	for i := range min(len(c.samples[a]), len(c.samples[b])) {
		ratios = append(ratios, c.samples[a][i].Wall.Seconds()/c.samples[b][i].Wall.Seconds())
	}
	return median(ratios)
}

func medianOf[T int64 | time.Duration](samples []sample, of func(sample) T) T {
	var values []T
	for _, s := range samples {
		values = append(values, of(s))
	}
	return median(values)
}

// bench is one run of it all.
type bench struct {
	work  string // its directory
	tools string // of crane
	proxy *proxy
	began int64 // names this run's repositories
	runs  int
}

// place is where the next run works. Its destination is fresh, so that the
// registry has no blob of it there.
func (b *bench) place(fat string) (place, error) {
	b.runs++
	p := place{
		dir: filepath.Join(b.work, fmt.Sprint("run", b.runs)), registry: lab.Registry(), fat: fat,
		dst: fmt.Sprintf("bench/%d/%d:1", b.began, b.runs),
	}
	return p, os.Mkdir(p.dir, 0o700)
}

// slimify is an entrant. A destination that is named stays the same.
func (b *bench) slimify(name, dst string, fat func(round int) (string, error), flags ...string) entrant {
	return entrant{name, func(round int) (s sample, err error) {
		image, err := fat(round)
		if err != nil {
			return s, err
		}
		p, err := b.place(image)
		if err != nil {
			return s, err
		}
		defer clearAway(p.dir)
		if dst != "" {
			p.dst = dst
		}
		s.Cost, s.Traffic, err = slim(p, flags...)
		s.counted = true
		return s, err
	}}
}

// knowing is an entrant that begins each run with the same cache.
func (b *bench) knowing(cache, name, image string) entrant {
	return entrant{name, func(round int) (s sample, err error) {
		own := filepath.Join(b.work, "cache")
		defer clearAway(own)
		if err := os.CopyFS(own, os.DirFS(cache)); err != nil {
			return s, err
		}
		return b.slimify(name, "", always(image), "--cache-dir", own).run(round)
	}}
}

// peer adds another way to the same image.
func (b *bench) peer(t *testing.T, c *contest, name, fat, twostage string) {
	t.Helper()
	peer := contestants[name]
	run := func(proxied bool) (s sample, err error) {
		p, err := b.place(fat)
		if err != nil {
			return s, err
		}
		defer clearAway(p.dir)
		p.twostage = twostage
		if proxied {
			p.registry = b.proxy.address
			b.proxy.take()
		}
		s.Cost, err = peer.run(p, b.tools)
		if proxied {
			s.Traffic, s.counted = b.proxy.take(), true
		}
		return s, err
	}
	c.entrants = append(c.entrants, entrant{peer.name, func(int) (sample, error) { return run(peer.throughProxy) }})
	if !peer.throughProxy {
		s, err := run(true)
		if err != nil {
			t.Fatalf("%s: %v", peer.name, err)
		}
		if c.counts == nil {
			c.counts = map[string]Traffic{}
		}
		c.counts[peer.name] = s.Traffic
	}
}

// gunzips is the entrant that decompresses files.
func (b *bench) gunzips(name string, files []string) entrant {
	return entrant{name, func(int) (s sample, err error) {
		self, err := os.Executable()
		if err != nil {
			return s, err
		}
		p, err := b.place("")
		if err != nil {
			return s, err
		}
		defer clearAway(p.dir)
		s.Cost, err = cold(p.dir, nil, append([]string{self, "gunzip"}, files...)...)
		return s, err
	}}
}

// always is an image that does not change.
func always(image string) func(int) (string, error) {
	return func(int) (string, error) { return image, nil }
}

// clearAway removes a directory. buildah leaves its storage mounted on itself.
func clearAway(dir string) {
	raw, _ := os.ReadFile("/proc/self/mounts")
	lines := strings.Split(string(raw), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if f := strings.Fields(lines[i]); len(f) > 1 && strings.HasPrefix(f[1], dir+"/") {
			_ = syscall.Unmount(f[1], syscall.MNT_DETACH)
		}
	}
	_ = os.RemoveAll(dir)
}
