import pytesseract
from PIL import Image, ImageDraw, ImageFont

image = Image.new("L", (600, 120), 255)
font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 48)
ImageDraw.Draw(image).text((20, 30), "Nothing breaks", font=font, fill=0)
print(pytesseract.image_to_string(image).strip())
