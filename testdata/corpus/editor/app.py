import gzip
import subprocess

import click

print(subprocess.run(["editor", "--version"], check=True, capture_output=True, text=True).stdout.split()[:3], click.__version__)
with gzip.open("/tmp/x.gz", "wb") as file:
    file.write(b"nothing breaks\n")
print(subprocess.run(["zcat", "--version"], check=True, capture_output=True, text=True).stdout.split()[:2])
subprocess.run(["zcat", "/tmp/x.gz"], check=True)
