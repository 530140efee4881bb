import ctypes
import ctypes.util
import subprocess

name = ctypes.util.find_library("fib")
print(name, ctypes.CDLL(name).fib(20))
subprocess.run(["fib", "21"], check=True)
