import pyodbc

print(pyodbc.drivers())
try:
    pyodbc.connect("DRIVER={Nothing}")
except pyodbc.Error as error:
    print(error.args[0])
