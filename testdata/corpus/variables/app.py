import os
import subprocess

with open("/proc/self/maps") as maps:
    print("jemalloc", "libjemalloc.so" in maps.read())
print(open(os.environ["MODEL_CACHE"] + "/model.bin").read().strip())
size = subprocess.run(
    [os.environ["CONVERT"], "-size", "4x2", "xc:red", "-format", "%wx%h", "info:"], capture_output=True, text=True, check=True
)
print(size.stdout)
print(os.access(os.environ["GIT_CORE"], os.X_OK))
