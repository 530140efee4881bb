package source

// Script lists the commands and files that a script uses.
type Script struct {
	Commands []Command `json:"commands,omitempty"`
	// Reads are scripts that a shell reads: sourced ones, and those of "sh
	// FILE".
	Reads []Command `json:"reads,omitempty"`
	// Dirs are the directories of cd, Path those added to PATH.
	Dirs []string `json:"dirs,omitempty"`
	Path []string `json:"path,omitempty"`
}

// Command is a name or path in a script. It may contain "${NAME}" for a
// variable of the environment; "${.}" is the script's own directory.
type Command struct {
	Name string `json:"name"`
	Line int    `json:"line"`
	// Guarded is set if the script checks first whether the command exists.
	Guarded bool `json:"guarded,omitempty"`
}

// Empty reports whether no command and no script was found.
func (s *Script) Empty() bool { return len(s.Commands) == 0 && len(s.Reads) == 0 }
