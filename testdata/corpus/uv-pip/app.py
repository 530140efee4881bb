import bottle
import yaml

app = bottle.Bottle()


@app.route("/")
def hello():
    return yaml.dump({"by": yaml.__with_libyaml__})
