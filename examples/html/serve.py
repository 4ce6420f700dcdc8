"""Serves a page of plain HTML, and asks for the token that it shows a user's values with.

BLUSH_URL=http://localhost:8443 BLUSH_KEY=blush_dev_… python3 examples/html/serve.py
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

URL, KEY = os.environ["BLUSH_URL"], os.environ["BLUSH_KEY"]
PAGE = (Path(__file__).parent / "index.html").read_text().replace("https://scan.example.org", URL)


def blush(path: str, body: dict) -> dict:
    """One POST to the API with the key, which stays here."""
    head = {"x-api-key": KEY, "Content-Type": "application/json"}
    with urlopen(Request(URL + path, json.dumps(body).encode(), head)) as answer:
        return json.load(answer)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.answer("text/html; charset=utf-8", PAGE)
        elif self.path == "/blush-token":
            # In your app: the user who is logged in.
            self.answer("text/plain", blush("/v2/users/authenticate", {"external_user_id": "anna"})["token"])
        else:
            self.send_error(404)

    def answer(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


blush("/v2/users", {"external_user_id": "anna", "birth_date": "1990-05-17", "sex": "F"})
server = ThreadingHTTPServer(("localhost", int(os.environ.get("PORT", "3000"))), Handler)
print(f"http://localhost:{server.server_port}", flush=True)
server.serve_forever()
