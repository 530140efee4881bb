// Package source describes what a source file imports, which programs it starts
// and which shared libraries it opens, whatever language it is written in.
package source

// Source lists the imports, calls and libraries of one source file.
type Source struct {
	Imports   []Import  `json:"imports,omitempty"`
	Calls     []Call    `json:"calls,omitempty"`
	Libraries []Library `json:"libraries,omitempty"`
}

// Import is one module that an import statement names.
type Import struct {
	Module string   `json:"module,omitempty"` // "a.b"; "" if only Level leads to it
	Names  []string `json:"names,omitempty"`  // the names taken from the module; "*" for all
	Level  int      `json:"level,omitempty"`  // of a relative import: 1 for the file's own package
	Line   int      `json:"line"`
	// Guarded is set where the program expects that the import may fail.
	Guarded bool `json:"guarded,omitempty"`
	// Deferred is set in a function's body: the import runs when the function is
	// called.
	Deferred bool `json:"deferred,omitempty"`
}

// Call is one call that starts a program named by a literal.
type Call struct {
	Func string `json:"func"` // the function's full name: "subprocess.run"
	// Arg is the program, or with Shell a text for the shell. A part that is not
	// literal reads "$_".
	Arg   string `json:"arg"`
	Shell bool   `json:"shell,omitempty"`
	// Implied is set if the function starts Arg without being given it, as one
	// that compiles does. "gcc" stands for any compiler.
	Implied bool `json:"implied,omitempty"`
	Line    int  `json:"line"`
}

// Library is one shared library that a file opens.
type Library struct {
	// Name is a soname ("libmagic.so.1"), a path, or the pattern "libmagic.so*"
	// where the source gives only "magic".
	Name string `json:"name"`
	Text string `json:"text,omitempty"` // the call or literal in the source: `find_library("magic")`
	Line int    `json:"line"`
}

// Empty reports whether nothing was found in the file.
func (s *Source) Empty() bool {
	return len(s.Imports) == 0 && len(s.Calls) == 0 && len(s.Libraries) == 0
}
