import getpass
import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return f"served by {getpass.getuser()} at home in {os.path.expanduser('~')}\n"


@app.route("/health")
def health():
    return "fine\n"
