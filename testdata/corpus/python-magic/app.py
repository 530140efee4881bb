"""libmagic is in the fat base, with its database; nothing but ctypes asks for it."""
import magic

print(magic.from_buffer(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x02\x00\x00\x00", mime=True))
print(magic.from_file("/app/app.py", mime=True))
