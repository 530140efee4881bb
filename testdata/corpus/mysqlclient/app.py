import sys

import MySQLdb

try:
    MySQLdb.connect(host="127.0.0.1", port=int(sys.argv[1]), user="app", password="secret", connect_timeout=5)
except MySQLdb.OperationalError as error:
    print(error.args[0])
