import magic
import psycopg2
from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return magic.from_buffer("%PDF-1.4", mime=True) + " " + psycopg2.paramstyle
