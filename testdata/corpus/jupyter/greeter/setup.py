from setuptools import setup

setup(
    name="greeter",
    version="1.0",
    py_modules=["greeter"],
    data_files=[("share/greeter", ["greeting.txt"]), ("etc/greeter", ["greeter.ini"])],
    scripts=["greet"],
)
