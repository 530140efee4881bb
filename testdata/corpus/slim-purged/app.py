import psycopg2

try:
    psycopg2.connect("host=127.0.0.1 port=1")
except psycopg2.OperationalError as error:
    print("refused" in str(error))
