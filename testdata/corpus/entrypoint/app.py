import getpass

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return getpass.getuser() + open("/tmp/start.json").read()
