from wand.color import Color
from wand.image import Image

with Image(width=60, height=40, background=Color("red")) as image:
    for form in "png", "jpeg", "gif", "webp":
        blob = image.make_blob(form)
        with Image(blob=blob) as again:
            again.resize(30, 20)
            print(form, again.size)
