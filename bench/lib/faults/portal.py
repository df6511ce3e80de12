"""portal.py ADDRESS: the plain HTTP half of a captive portal, on port 80: whatever is asked for, go and log in."""

import http.server
import sys


class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://login.hotel.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.HTTPServer((sys.argv[1], 80), Portal)
    print("listening", flush=True)
    server.serve_forever()
