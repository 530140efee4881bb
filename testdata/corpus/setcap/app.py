import http.server

http.server.test(http.server.SimpleHTTPRequestHandler, http.server.ThreadingHTTPServer, port=80, bind="127.0.0.1")
