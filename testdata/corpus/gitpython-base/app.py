import tempfile

import git

with tempfile.TemporaryDirectory() as folder:
    repository = git.Repo.init(folder + "/first")
    actor = git.Actor("app", "app@example.org")
    repository.index.commit("first", author=actor, committer=actor)
    print(git.Repo.clone_from("file://" + folder + "/first", folder + "/second").head.commit.message)
try:
    git.cmd.Git().ls_remote("https://127.0.0.1:1/x.git")
except git.GitCommandError as error:
    print("Failed to connect" in str(error))
