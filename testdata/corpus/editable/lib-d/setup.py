from setuptools import setup

setup(name="lib-d", version="1.0", py_modules=["lib_d"], entry_points={"console_scripts": ["lib-d = lib_d:main"]})
