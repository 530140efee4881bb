"""Uses a library that only the fat base has, by the loader and by ctypes."""
import ctypes
import ctypes.util

import psycopg2

found = ctypes.util.find_library("pq")
print(psycopg2.__version__, found, ctypes.CDLL(found).PQlibVersion())
