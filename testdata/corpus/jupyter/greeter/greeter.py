import configparser
import os
import sys


def greet():
    settings = configparser.ConfigParser()
    settings.read(os.path.join(sys.prefix, "etc/greeter/greeter.ini"))
    with open(os.path.join(sys.prefix, "share/greeter/greeting.txt")) as file:
        print(file.read().strip(), settings["greeter"]["name"])
