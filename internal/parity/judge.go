package parity

// Verdict is what an outcome means for the image.
type Verdict int

// The verdicts. Unclear is for what fails for reasons that may well be the
// application's own: it is told, and fails nothing.
const (
	Passed Verdict = iota
	Failed
	Unclear
)

// Alone judges an outcome by itself. That something does not work says little:
// many a package wants another that nobody installed, or a setting, and many a
// script knows no --help. What cannot be the application's own doing is a shared
// library that is not found, a module that is not although the image has its
// distribution, a script that is not there, and a crash.
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

// Demands returns what an image must be able to do that is made of one with this
// outcome; ok is false if nothing can be asked for, since it did not work there.
func Demands(fat Outcome) (item Item, ok bool) {
	item = fat.Item
	item.Patient = fat.State != Timeout
	return item, fat.State == OK || fat.Kind == Script && fat.Missing == "" && (fat.State == Exit || fat.State == Timeout)
}

// Against judges an outcome of which [Demands] was asked of fat.
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

// Unasked is why nothing is asked of an image, from [Demands].
func Unasked(fat Outcome) string { return "it does not work there either: " + fat.reason() }
