import psycopg2


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [psycopg2.__version__.encode()]
