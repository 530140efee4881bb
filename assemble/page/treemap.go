package page

// rect is a rectangle of a drawing.
type rect struct{ X, Y, W, H float64 }

func (r rect) area() float64 { return r.W * r.H }

// squarify divides a frame among weights, sorted from the largest: each gets a
// rectangle of its share of the area, as square as possible. It is the algorithm
// of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): a row along the
// shorter side takes weights as long as they improve its worst rectangle. Weights
// that are not positive get no rectangle.
func squarify(frame rect, weights []float64) []rect {
	out := make([]rect, len(weights))
	var sum float64
	n := 0 // how many weights are positive
	for _, w := range weights {
		if w <= 0 {
			break
		}
		sum += w
		n++
	}
	if sum <= 0 || frame.area() <= 0 {
		return out
	}
	scale := frame.area() / sum
	for at := 0; at < n; {
		side := min(frame.W, frame.H)
		row := weights[at] * scale
		worst, end := aspect(row, row, row, side), at+1
		for end < n {
			next := weights[end] * scale
			with := aspect(row+next, weights[at]*scale, next, side)
			if with > worst {
				break
			}
			row, worst, end = row+next, with, end+1
		}
		if end == n { // the last row takes the rounding error
			row = frame.area()
		}
		frame = lay(frame, row, weights[at:end], out[at:end])
		at = end
	}
	return out
}

// aspect is the worst ratio of sides among a row's rectangles: row is its area,
// largest and smallest those of its rectangles.
func aspect(row, largest, smallest, side float64) float64 {
	return max(side*side*largest/(row*row), row*row/(side*side*smallest))
}

// lay places a row along the shorter side of a frame and returns the rest of
// the frame.
func lay(frame rect, row float64, weights []float64, out []rect) rect {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at := 0.0 // along the side, as a part of it
	upright := frame.W >= frame.H
	depth := row / min(frame.W, frame.H)
	for i, w := range weights {
		part := w / sum
		if upright {
			out[i] = rect{frame.X, frame.Y + at*frame.H, depth, part * frame.H}
		} else {
			out[i] = rect{frame.X + at*frame.W, frame.Y, part * frame.W, depth}
		}
		at += part
	}
	if upright {
		return rect{frame.X + depth, frame.Y, max(frame.W-depth, 0), frame.H}
	}
	return rect{frame.X, frame.Y + depth, frame.W, max(frame.H-depth, 0)}
}
