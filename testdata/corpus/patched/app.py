import json

print(json.dumps_was_patched, customized)
