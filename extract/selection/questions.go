package selection

import "slices"

// SettleQuestions removes the questions that the user has answered: with --accept, or
// with a --keep of what they ask about. It returns an [*UnmatchedPatternError] for an
// --accept of an unknown question.
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
