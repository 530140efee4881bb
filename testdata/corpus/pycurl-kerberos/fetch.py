import kerberos
import pycurl

curl = pycurl.Curl()
curl.setopt(pycurl.URL, "https://127.0.0.1:1/")
try:
    curl.perform()
except pycurl.error as error:
    print(error.args[0] == pycurl.E_COULDNT_CONNECT, "OpenSSL" in pycurl.version)
try:
    _, context = kerberos.authGSSClientInit("HTTP@example.org")
    kerberos.authGSSClientStep(context, "")
except kerberos.GSSError as error:
    print(error.args[0][0])
