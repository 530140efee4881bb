import qrcode
from pyzbar.pyzbar import decode

print(decode(qrcode.make("nothing breaks").get_image())[0].data.decode())
