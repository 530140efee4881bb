package page

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSquarify(t *testing.T) {
	t.Parallel()
	frames := []rect{{0, 0, 800, 500}, {10, 20, 30, 400}, {0, 0, 1, 1}}
	lists := map[string][]float64{
		"one":     {5},
		"equal":   {1, 1, 1, 1, 1, 1},
		"paper":   {6, 6, 4, 3, 2, 2, 1},
		"extreme": {1e12, 1e6, 3, 1, 1, 1e-3},
		"zeros":   {4, 2, 0, 0},
		"random":  random(500),
	}
	for name, weights := range lists {
		for _, frame := range frames {
			got := squarify(frame, weights)
			var sum float64
			for _, w := range weights {
				sum += w
			}
			slack := 1e-9 * frame.area()
			for i, r := range got {
				if want := weights[i] / sum * frame.area(); math.Abs(r.area()-want) > slack {
					t.Errorf("%s in %v: rectangle %d has area %g, want %g", name, frame, i, r.area(), want)
				}
				edge := 1e-9 * (frame.W + frame.H)
				if r.area() > 0 && (r.X < frame.X-edge || r.Y < frame.Y-edge || r.X+r.W > frame.X+frame.W+edge || r.Y+r.H > frame.Y+frame.H+edge) {
					t.Errorf("%s in %v: rectangle %d leaves the frame: %v", name, frame, i, r)
				}
				for j, o := range got[:i] {
					w, h := min(r.X+r.W, o.X+o.W)-max(r.X, o.X), min(r.Y+r.H, o.Y+o.H)-max(r.Y, o.Y)
					if w > edge && h > edge && w*h > slack {
						t.Errorf("%s in %v: rectangles %d and %d overlap by %g", name, frame, j, i, w*h)
					}
				}
			}
		}
	}
}

func random(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Exp(r.NormFloat64() * 3)
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}

// The rectangles of the paper's own example are squarish, where slices would not be.
func TestSquarifyIsSquare(t *testing.T) {
	t.Parallel()
	for i, r := range squarify(rect{0, 0, 6, 4}, []float64{6, 6, 4, 3, 2, 2, 1}) {
		if a := max(r.W/r.H, r.H/r.W); a > 3.2 {
			t.Errorf("rectangle %d is %g by %g", i, r.W, r.H)
		}
	}
}

func TestSquarifyNothing(t *testing.T) {
	t.Parallel()
	for _, weights := range [][]float64{nil, {0}, {0, 0}} {
		for _, r := range squarify(rect{0, 0, 5, 5}, weights) {
			if r != (rect{}) {
				t.Errorf("%v got %v", weights, r)
			}
		}
	}
}
