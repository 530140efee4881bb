"""Installs the pip that it is told to, and by that very pip whatever else it is told to: get-pip.py PIP REQUIREMENT..."""

import glob
import os
import subprocess
import sys
import sysconfig
import tempfile


def pip(wheels, *arguments):
    """Runs the pip of the one wheel in a folder, out of the wheel."""
    (wheel,) = glob.glob(os.path.join(wheels, "pip-*.whl"))
    subprocess.check_call([sys.executable, os.path.join(wheel, "pip"), *arguments])


with tempfile.TemporaryDirectory() as folder:
    os.environ["TMPDIR"] = folder  # a pip that runs out of its wheel leaves a file behind
    # The pip that CPython bundles would name the other's scripts for the wrong Python, so it only fetches it.
    bundled = os.path.join(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")
    pip(bundled, "download", "--quiet", "--no-deps", "--dest", folder, sys.argv[1])
    pip(folder, "install", "--upgrade", "--no-cache-dir", "--no-compile", *sys.argv[1:])
