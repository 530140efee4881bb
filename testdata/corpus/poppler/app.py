from pdf2image import convert_from_path
from PIL import Image

Image.new("RGB", (200, 100), "blue").save("/tmp/page.pdf")
print(convert_from_path("/tmp/page.pdf", dpi=72)[0].getpixel((50, 50)))
