import os


def main():
    with open(os.path.join(os.path.dirname(__file__), "name.txt")) as file:
        print(__name__, file.read().strip())
