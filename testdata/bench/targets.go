package bench

import "fmt"

// target is a line of the table of targets.
type target struct {
	name, target string
	known        bool // whether it was measured
	measured     string
	met          bool
}

// limits that the targets leave open.
const (
	level  = 1.1   // wall time that counts as no growth
	linear = 1.25  // by how much the last bytes may cost more than the first
	grain  = 1.005 // of bytes: manifests and configs come with the layers
)

// targets judges the results.
func (r *results) targets() []target {
	bytes := func(c *contest, entrant string) int64 { t, _ := c.traffic(entrant); return t.Down }
	list := []target{
		faster(r.seed, "small application, cold: time", coldRun, "rebuild", 40),
		faster(r.seed, "small application, cold: time", coldRun, "crane", 12),
		when(r.seed.has(coldRun), "small application, cold: bytes down", "1.00 × (user layers + slim base)", func() (string, bool) {
			down, want := bytes(r.seed, coldRun), r.user+r.base
			return fmt.Sprintf("%.3f × (%.2f of %.2f MB)", float64(down)/float64(want), megabytes(down), megabytes(want)), float64(down) <= grain*float64(want)
		}),
		faster(r.seed, "small application, warm cache: time", warmRun, "skopeo", 3),
		when(r.seed.has(warmRun), "small application, warm cache: bytes down", "1.00 × user layers", func() (string, bool) {
			down := bytes(r.seed, warmRun)
			return fmt.Sprintf("%.3f × (%.2f of %.2f MB)", float64(down)/float64(r.user), megabytes(down), megabytes(r.user)), float64(down) <= grain*float64(r.user)
		}),
		faster(r.large, "large application, cold: time", coldRun, "rebuild", 40),
		faster(r.large, "large application, cold: time", coldRun, "crane", 15),
	}
	for _, size := range []struct {
		name string
		held *contest
	}{{"small", r.seed}, {"large", r.large}} {
		c := size.held
		list = append(list, when(c.has(noopRun), size.name+" application, nothing to do", "5 requests, no blob", func() (string, bool) {
			t, _ := c.traffic(noopRun)
			const manifests = 100_000 // bytes: what all that is no blob of a layer stays below
			return fmt.Sprintf("%d requests, %d bytes down, %d up", t.Requests, t.Down, t.Up), t.Requests <= 5 && t.Down < manifests && t.Up == 0
		}))
	}
	return append(list, r.growth()...)
}

// growth judges the scaling table and the memory.
func (r *results) growth() []target {
	c := r.scaling
	one, four, sixteen, fat := scales[0].name, scales[1].name, scales[2].name, scales[4].name
	wall := func(name string) float64 { return c.cost(name).Wall.Seconds() }
	return []target{
		when(c.has(one) && c.has(fat), "growth with the original base's size", "none: the same bytes down, at most 1.1 × the time", func() (string, bool) {
			times := c.ratio(fat, one)
			a, _ := c.traffic(one)
			b, _ := c.traffic(fat)
			return fmt.Sprintf("%.2f × the time, %.3f × the bytes at ×4", times, float64(b.Down)/float64(a.Down)),
				times <= level && float64(b.Down) <= grain*float64(a.Down)
		}),
		when(c.has(sixteen) && c.has(four), "growth with the user's bytes", "linear: from ×4 to ×16 at most 1.25 × the slope from ×1 to ×4", func() (string, bool) {
			bent := (wall(sixteen) - wall(four)) / 12 / ((wall(four) - wall(one)) / 3)
			return fmt.Sprintf("%.2f ×", bent), bent <= linear
		}),
		when(c.has(sixteen) && c.has(gunzipOf+sixteen), "slope with the user's bytes", "1.5 × klauspost gunzip of the same bytes", func() (string, bool) {
			slope := (wall(sixteen) - wall(one)) / (wall(gunzipOf+sixteen) - wall(gunzipOf+one))
			return fmt.Sprintf("%.2f ×", slope), slope <= 1.5
		}),
		memory(r.seed, "small application: memory", 64),
		memory(r.memory, "10 GiB in 100,000 files: memory", 128),
	}
}

// faster is a target of time: at most a part of a peer's.
func faster(c *contest, name, entrant, peer string, times float64) target {
	other := contestants[peer].name
	return when(c.has(entrant) && c.has(other), name, fmt.Sprintf("1/%.0f of %s", times, other), func() (string, bool) {
		got := 1 / c.ratio(entrant, other)
		return fmt.Sprintf("1/%.1f (%.2f of %.2f s)", got, c.cost(entrant).Wall.Seconds(), c.cost(other).Wall.Seconds()), got >= times
	})
}

func memory(c *contest, name string, most float64) target {
	return when(c.has(coldRun), name, fmt.Sprintf("%.0f MiB", most), func() (string, bool) {
		got := mebibytes(c.cost(coldRun).RSS)
		return fmt.Sprintf("%.0f MiB", got), got <= most
	})
}

// when judges a target if it was measured.
func when(known bool, name, limit string, judge func() (string, bool)) target {
	t := target{name: name, target: limit, known: known}
	if known {
		t.measured, t.met = judge()
	}
	return t
}
