import pkgutil


def main():
    print(pkgutil.get_data("legacy", "motto.txt").decode().strip(), __file__)
