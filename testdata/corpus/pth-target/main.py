import common
import requests

print(common.NAME, requests.__file__)
