package pysource

import "strings"

// role is what a function does with its first argument.
type role uint8

const (
	program     role = iota + 1 // starts a program, or a list of a program and its arguments
	shell                       // passes it to a shell
	second                      // starts the second argument instead
	library                     // opens a library
	findLibrary                 // opens lib….so by its short name
	split                       // splits it into a list
	compile                     // calls a C compiler, whatever the argument is
)

// functions lists the functions that start programs or open libraries.
var functions = map[string]role{
	"subprocess.run": program, "subprocess.Popen": program, "subprocess.call": program,
	"subprocess.check_call": program, "subprocess.check_output": program,
	"subprocess.getoutput": shell, "subprocess.getstatusoutput": shell,
	"commands.getoutput": shell, "commands.getstatusoutput": shell,

	"os.system": shell, "os.popen": shell,
	"os.execl": program, "os.execle": program, "os.execlp": program, "os.execlpe": program,
	"os.execv": program, "os.execve": program, "os.execvp": program, "os.execvpe": program,
	"os.posix_spawn": program, "os.posix_spawnp": program,
	"os.spawnl": second, "os.spawnle": second, "os.spawnlp": second, "os.spawnlpe": second,
	"os.spawnv": second, "os.spawnve": second, "os.spawnvp": second, "os.spawnvpe": second,

	"shutil.which": program, "distutils.spawn.find_executable": program, "distutils.spawn.spawn": program,
	"asyncio.create_subprocess_exec": program, "asyncio.create_subprocess_shell": shell,
	"asyncio.subprocess.create_subprocess_exec": program, "asyncio.subprocess.create_subprocess_shell": shell,
	"anyio.run_process": program, "anyio.open_process": program, "trio.run_process": program,
	"pexpect.spawn": shell, "pexpect.run": shell, "invoke.run": shell, "fabric.api.local": shell,
	"sh.Command": program, "plumbum.local": program,

	"ctypes.CDLL": library, "ctypes.PyDLL": library, "ctypes.cdll.LoadLibrary": library, "ctypes.pydll.LoadLibrary": library,
	"ctypes.cdll": library, "ctypes.util.find_library": findLibrary,

	"shlex.split": split,

	"torch.compile": compile, "torch.utils.cpp_extension.load": compile, "torch.utils.cpp_extension.load_inline": compile,
	"pyximport.install": compile,
}

// commandModules are modules whose attributes are the system's programs.
var commandModules = map[string]bool{"sh": true, "plumbum.cmd": true}

// modules are the prefixes of the names in functions: "ctypes", "ctypes.util".
var modules = func() map[string]bool {
	out := make(map[string]bool)
	for m := range commandModules {
		out[m] = true
	}
	for f := range functions {
		for i := strings.LastIndexByte(f, '.'); i > 0; i = strings.LastIndexByte(f[:i], '.') {
			out[f[:i]] = true
		}
	}
	return out
}()

// opensLibraries are words of which any source that opens a library has one.
var opensLibraries = [][]byte{[]byte("ctypes"), []byte("cffi"), []byte("dlopen")}
