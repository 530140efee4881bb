package extract

import "slices"

// settleQuestions takes away the questions that the user has answered: by --accept, or
// by keeping what they are about.
func (s *Selection) settleQuestions(opts Options) error {
	for _, id := range opts.Accept {
		if !slices.ContainsFunc(s.Questions, func(q Question) bool { return q.ID == id }) {
			return &UnmatchedPatternError{"accept", id}
		}
	}
	s.Questions = slices.DeleteFunc(s.Questions, func(q Question) bool {
		return slices.Contains(opts.Accept, q.ID) ||
			slices.ContainsFunc(opts.Keep, func(p Pattern) bool { return p.text == q.Keep })
	})
	return nil
}
