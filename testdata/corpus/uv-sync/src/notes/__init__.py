import sys

import click
import platformdirs


@click.group()
def main():
    pass


@main.command("list")
def list_notes():
    print(platformdirs.user_data_dir("notes"), sys.prefix, __file__)
