def main():
    print(__name__, "d")
