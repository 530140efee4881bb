package selection

import "slices"

// SettleQuestions takes away the questions that the user has answered: by --accept, or
// by keeping what they are about.
func (s *Selection) SettleQuestions(opts Options) error {
	for _, id := range opts.Accept {
		if !slices.ContainsFunc(s.Questions, func(q Question) bool { return q.ID == id }) {
			return &UnmatchedPatternError{"accept", id}
		}
	}
	s.Questions = slices.DeleteFunc(s.Questions, func(q Question) bool {
		return slices.Contains(opts.Accept, q.ID) ||
			slices.ContainsFunc(opts.Keep, func(p Pattern) bool { return p.Text == q.Keep })
	})
	return nil
}
