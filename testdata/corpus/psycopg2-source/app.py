import psycopg2

try:
    psycopg2.connect(host="127.0.0.1", port=1, connect_timeout=3)
except psycopg2.OperationalError as error:
    print(str(error).strip().splitlines()[0])
