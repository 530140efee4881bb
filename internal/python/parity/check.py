"""Imports the top-level modules of each installed distribution, and starts each
console script with --help.

Standard input holds {"items": [...]}: the items to check, or null for all that
are found. Standard output gets a line of JSON for each item and {"done": N} at
the end. It runs on Python 3.6 and later with only the standard library.
"""
import concurrent.futures
import csv
import json
import os
import re
import resource
import signal
import subprocess
import sys
import sysconfig
import tempfile

LIMIT = 10  # seconds for an item
RETRY_LIMIT = 60  # seconds for its second attempt, when nothing else runs
LARGEST = 1 << 30  # bytes of a file that an item writes

# Modules must not come from the working directory.
IMPORT = "import sys; sys.path[:] = [p for p in sys.path if p]; __import__(sys.argv.pop())"

LIBRARY = re.compile(
    r"cannot open shared object file|error while loading shared libraries"
    r"|undefined symbol|symbol lookup error|version `\S+' not found"
)
MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)")


def read(*path):
    try:
        with open(os.path.join(*path), encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def installed():
    """The site directory and the metadata directory of each distribution."""
    seen = set()
    for site in sys.path:
        if not site or not os.path.isdir(site):
            continue
        for name in sorted(os.listdir(site)):
            meta = os.path.join(site, name)
            if name.endswith((".dist-info", ".egg-info")) or name == "EGG-INFO":
                if os.path.realpath(meta) not in seen:
                    seen.add(os.path.realpath(meta))
                    yield site, meta


def distribution(meta):
    # An .egg-info may be a file, which is PKG-INFO itself.
    text = read(meta, "METADATA") or read(meta, "PKG-INFO") or read(meta)
    found = re.search(r"^Name: *(\S+)", text, re.M)
    return found.group(1) if found else os.path.basename(meta).split("-")[0]


def files(site, meta):
    """Absolute paths of a distribution's files."""
    record = read(meta, "RECORD")
    if record:
        names, base = [row[0] for row in csv.reader(record.splitlines()) if row], site
    else:
        names, base = read(meta, "installed-files.txt").splitlines(), meta
    return [os.path.normpath(os.path.join(base, name)) for name in names]


def modules(site, meta):
    """Top-level modules, by top_level.txt or else by the files."""
    names = set(read(meta, "top_level.txt").split())
    if not names:
        for path in files(site, meta):
            if not path.startswith(site + os.sep) or not path.endswith((".py", ".so")):
                continue
            first = path[len(site) + 1:].split(os.sep)[0]
            names.add(first.split(".")[0])
    return sorted(n for n in names if n.isidentifier() and not n.startswith("__"))


def entry_points(meta):
    section, names = "", []
    for line in read(meta, "entry_points.txt").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == "console_scripts" and "=" in line:
            names.append(line.split("=")[0].strip())
    return names


def is_python(path):
    try:
        with open(path, "rb") as f:
            return b"python" in f.readline(200)
    except OSError:
        return False


def scripts(site, meta):
    """Paths of console scripts: those of entry points, which may be missing, and
    the other Python scripts that were installed."""
    recorded = files(site, meta)
    placed = {os.path.basename(p): p for p in recorded if os.path.basename(os.path.dirname(p)) == "bin"}
    own = os.path.dirname(sys.executable)
    places = [own, sysconfig.get_path("scripts")]
    for name in entry_points(meta):
        if name in placed:
            yield name, placed.pop(name)
        elif not recorded:  # entry points may name scripts that pip did not create, for other Pythons
            found = [os.path.join(d, name) for d in places if os.path.exists(os.path.join(d, name))]
            yield name, found[0] if found else os.path.join(own, name)
    for name, path in sorted(placed.items()):
        if is_python(path):
            yield name, path


def items():
    seen = set()
    for site, meta in installed():
        common = {"distribution": distribution(meta), "metadata": os.path.realpath(meta)}
        for name in modules(site, meta):
            if ("import", name) not in seen:
                seen.add(("import", name))
                yield dict(common, kind="import", name=name, path="")
        for name, path in scripts(site, meta):
            if ("script", path) not in seen:
                seen.add(("script", path))
                yield dict(common, kind="script", name=name, path=path)


def attempt(item, limit):
    """Runs an item and returns its outcome."""
    if item["kind"] == "import":
        argv = [sys.executable, "-c", IMPORT, item["name"]]
    else:
        argv = [item["path"], "--help"]
    with tempfile.TemporaryFile() as out:
        try:
            p = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as e:
            return {"state": "absent", "status": 0, "detail": str(e)[:300]}
        over = False
        try:
            p.wait(limit)
        except subprocess.TimeoutExpired:
            over = True
        try:
            os.killpg(p.pid, signal.SIGKILL)  # and its children
        except OSError:
            pass
        p.wait()
        out.seek(max(0, out.seek(0, os.SEEK_END) - 8192))
        output = out.read().decode("utf-8", "replace").strip()
    last = output.splitlines()[-1].strip()[:300] if output else ""
    if over:
        return {"state": "timeout", "status": 0, "detail": "it did not end within %d seconds" % limit}
    if p.returncode == 0:
        return {"state": "ok", "status": 0, "detail": ""}
    result = {"state": "exit", "status": p.returncode, "detail": last}
    if p.returncode < 0:
        result.update(state="signal", status=-p.returncode)
    library, module = LIBRARY.search(output), MODULE.match(last)
    if library:
        line = output[output.rfind("\n", 0, library.start()) + 1:].splitlines()[0].strip()
        result.update(missing="library", detail=line[:300])
    elif module:
        result.update(missing="module", module=module.group(1))
    return result


def main():
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    given = json.load(sys.stdin)["items"]
    todo = given if given is not None else list(items())
    # Modules that the image has: if one of them is not found, files are missing.
    own = {name for site, meta in installed() for name in modules(site, meta)}
    own.update(getattr(sys, "stdlib_module_names", ()))

    def report(item, result):
        result["own"] = result.get("module", "").split(".")[0] in own
        print(json.dumps(dict(item, **result)), flush=True)

    retries = []
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1))
    for kind in ("import", "script"):
        batch = [i for i in todo if i["kind"] == kind]
        for item, result in zip(batch, pool.map(lambda i: attempt(i, LIMIT), batch)):
            # It may have failed because others ran at the same time. Scripts that
            # are not expected to end are not started again.
            if result["state"] != "ok" and (kind == "import" or item.get("retry")):
                retries.append(item)
            else:
                report(item, result)
    for item in retries:
        report(item, attempt(item, RETRY_LIMIT))
    print(json.dumps({"done": len(todo)}), flush=True)


main()
