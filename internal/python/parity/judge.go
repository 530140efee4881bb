package parity

// Verdict is the judgement of an outcome.
type Verdict int

// The verdicts. Unclear is a failure that the application itself may cause: it
// is reported but does not fail the verification.
const (
	Passed Verdict = iota
	Failed
	Unclear
)

// Alone judges an outcome without a second image. A failure alone proves little:
// packages have optional dependencies and need settings, and some scripts do not
// know --help. Failed are only a missing shared library, a missing module whose
// distribution is installed, a missing script, and a crash.
func Alone(o Outcome) (Verdict, string) {
	switch {
	case o.State == OK:
		return Passed, ""
	case o.State == Absent, o.State == Signal, o.Missing == "library", o.Missing == "module" && o.Own:
		return Failed, o.reason()
	case o.Kind == Script && o.State == Exit && o.Missing == "":
		return Passed, "" // it started
	}
	return Unclear, o.reason()
}

// Demands returns the item that the slim image must pass if the fat image had
// this outcome; ok is false if it failed there too, so that nothing can be
// required.
func Demands(fat Outcome) (item Item, ok bool) {
	item = fat.Item
	item.Retry = fat.State != Timeout
	return item, fat.State == OK || fat.Kind == Script && fat.Missing == "" && (fat.State == Exit || fat.State == Timeout)
}

// Against judges an outcome of the slim image by that of the fat one, for items
// from [Demands].
func Against(fat, slim Outcome) (Verdict, string) {
	started := slim.State == Exit && slim.Missing == ""
	switch {
	case slim.State == OK, started && fat.State == Exit && slim.Status == fat.Status:
		return Passed, ""
	case fat.State == Timeout && (started || slim.State == Timeout):
		return Unclear, "in both images it does not end, or not with --help"
	case fat.State == Exit:
		return Failed, slim.reason() + " (there: " + fat.reason() + ")"
	}
	return Failed, slim.reason()
}

// NotDemanded is the reason why [Demands] requires nothing.
func NotDemanded(fat Outcome) string { return "it does not work there either: " + fat.reason() }
