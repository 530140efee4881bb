import cairocffi

surface = cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, 100, 40)
context = cairocffi.Context(surface)
context.arc(50, 20, 15, 0, 6.3)
context.fill()
context.set_source_rgb(1, 1, 1)
surface.write_to_png("/tmp/circle.png")
print(cairocffi.cairo_version_string(), open("/tmp/circle.png", "rb").read(4))
