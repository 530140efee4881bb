import configparser
import os

from nltk.corpus import stopwords

settings = configparser.ConfigParser()
settings.read("/etc/app/app.ini")
print(stopwords.words("english"), open(settings["app"]["model"]).read())
for folder in "/data/inbox", "/data/outbox", "/var/lib/app":
    with open(folder + "/probe", "w"):
        pass
    found = os.stat(folder)
    print(folder, oct(found.st_mode), found.st_uid, found.st_gid)
