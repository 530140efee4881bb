from invoke import task


@task
def hello(context):
    """Say it."""
    context.run("echo nothing breaks")
