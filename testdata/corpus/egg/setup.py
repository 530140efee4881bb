from setuptools import setup

setup(
    name="legacy",
    version="0.9",
    packages=["legacy"],
    package_data={"legacy": ["motto.txt"]},
    zip_safe=True,
    entry_points={"console_scripts": ["legacy = legacy:main"]},
)
