"""Talks TLS to itself; the peer is trusted by the system's certificates."""
import socket
import ssl
import threading

server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain("/usr/local/share/ca-certificates/company.crt", "/srv/tls/key.pem")
listener = socket.create_server(("127.0.0.1", 0))


def serve():
    try:
        server.wrap_socket(listener.accept()[0], server_side=True).send(b"trusted")
    except ssl.SSLError:
        pass


for cafile in None, "/etc/ssl/certs/ca-certificates.crt":
    threading.Thread(target=serve, daemon=True).start()
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(listener.getsockname()) as plain:
        print(context.wrap_socket(plain, server_hostname="localhost").recv(10))
