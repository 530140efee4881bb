"""Finds what an image's Python environments can do, and holds another image to it.

    python probe.py             print, as JSON, which modules, extensions and scripts work
    python probe.py EXPECTED    try what works in EXPECTED (such a JSON) only, and print the same

An environment is that of `python` on PATH, or any virtual one (pyvenv.cfg) in the file system. In each, of every
installed distribution: its top-level modules are imported, its extension modules and libraries are loaded as the dynamic
loader does, its scripts are started with --help.
"""
import concurrent.futures
import ctypes
import importlib
import importlib.metadata
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig

SKIPPED = {"/proc", "/sys", "/dev"}
# What took less than ten seconds there may be slower here.
SECONDS = 10 if len(sys.argv) < 2 else 60


def environments():
    """Executables of the Python environments, each with its own site directories."""
    first = shutil.which("python")
    yield first
    for folder, folders, files in os.walk("/"):
        folders[:] = [f for f in folders if os.path.join(folder, f) not in SKIPPED]
        python = os.path.join(folder, "bin", "python")
        if "pyvenv.cfg" in files and python != first:
            yield python


def modules(dist):
    """Top-level names of a distribution, as importlib.metadata.packages_distributions finds them."""
    listed = (dist.read_text("top_level.txt") or "").split()
    found = set()
    for file in dist.files or []:
        if file.parts[0] in ("..", "/") or file.is_absolute():
            continue
        name = file.parts[0] if len(file.parts) > 1 else inspect.getmodulename(file.name)
        if name and (len(file.parts) == 1 or file.suffix in (".py", ".so")):
            found.add(name)
    return {n for n in listed or found if n.isidentifier()}


def libraries(dist):
    for file in dist.files or []:
        if file.name.endswith(".so") or ".so." in file.name:
            yield os.path.normpath(str(dist.locate_file(file)))


def scripts(dist):
    for entry in dist.entry_points:
        if entry.group == "console_scripts":
            yield os.path.join(sysconfig.get_path("scripts"), entry.name)
    for file in dist.files or []:
        if len(file.parts) > 1 and file.parts[-2] == "bin":
            yield os.path.normpath(str(dist.locate_file(file)))


def apart(work):
    """Runs work in a child process; returns "" or what went wrong."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            signal.alarm(SECONDS)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            work()
        except BaseException as error:  # SystemExit of a module is a failure, too
            os.write(writer, f"{type(error).__name__}: {error}"[:2000].encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        # A module may have started a process that holds the pipe: what counts is the child's end.
        status = os.waitpid(child, 0)[1]
        os.set_blocking(pipe.fileno(), False)
        said = (pipe.read() or b"").decode(errors="replace")
    return said or (f"ended with {status}" if status else "")


def start(script):
    process = subprocess.Popen(
        [script, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return "timed out"
    return f"ended with {process.returncode}: {said.decode(errors='replace')[-500:]}" if process.returncode else ""


def attempt(work, argument):
    try:
        return work(argument)
    except OSError as error:
        return str(error)


KINDS = {
    "imports": (modules, lambda name: apart(lambda: importlib.import_module(name))),
    "libraries": (libraries, lambda path: apart(lambda: ctypes.CDLL(path))),
    "scripts": (scripts, start),
}


def probe(expected):
    """Results of this process's environment: {kind: {name: "" or error}}."""
    result = {}
    distributions = list(importlib.metadata.distributions())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for kind, (names, work) in KINDS.items():
            if expected is None:
                todo = sorted({name for dist in distributions for name in names(dist)})
            else:
                todo = [name for name, error in expected[kind].items() if not error]
            # Only programs are started beside each other: a fork of a process with threads may hang.
            run = pool.map if kind == "scripts" else map
            result[kind] = dict(zip(todo, run(lambda name: attempt(work, name), todo)))
    return result


def ask(python):
    """Runs this program with the Python of an environment; returns its results, or what went wrong."""
    try:
        done = subprocess.run(
            [python, *sys.argv], env={**os.environ, "SLIMIFY_PROBE": python}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        return str(error)
    return done.stderr.decode(errors="replace") if done.returncode else json.loads(done.stdout)


def main():
    expected = None
    if len(sys.argv) > 1:
        with open(sys.argv[1]) as file:
            expected = json.load(file)
    if "SLIMIFY_PROBE" in os.environ:
        python = os.environ.pop("SLIMIFY_PROBE")
        json.dump(probe(None if expected is None else expected[python]), sys.stdout)
        return
    result = {}
    for python in expected or environments():
        result[python] = ask(python)
        if isinstance(result[python], str):
            failed = {} if expected is None else expected[python]
            result[python] = {kind: dict.fromkeys(names, result[python]) for kind, names in failed.items()}
    json.dump(result, sys.stdout)


main()
