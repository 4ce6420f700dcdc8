"""Receives webhooks: verifies each, answers at once, and takes each event in once.

BLUSH_SECRET=whsec_… python3 examples/webhook/receiver.py

Webhooks are sent over https. Put it behind what ends TLS for you, or give it a certificate with its key in one file, CERT=hook.pem. Register it:

curl $BLUSH_URL/v2/webhooks -H "x-api-key: $BLUSH_KEY" -H 'content-type: application/json' -d '{"url":"https://app.example.org/blush"}'
"""

import os
import queue
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from blush_client import WebhookError, WebhookEvent, verify_webhook

# While you rotate the secret, give both: BLUSH_SECRET="whsec_new whsec_old".
SECRETS = os.environ["BLUSH_SECRET"].split()
events: "queue.Queue[WebhookEvent]" = queue.Queue()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = verify_webhook(body, dict(self.headers), *SECRETS)
        except WebhookError as e:
            print("refused:", e, flush=True)
            self.send_error(400)
            return
        events.put(event)
        self.send_response(204)  # within 15 seconds; the work is done afterwards
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def work() -> None:
    done: set[str] = set()  # in your app: a table with a unique key
    while True:
        event = events.get()
        if event.id in done:
            continue  # it was sent again
        done.add(event.id)
        print(event.type, event.data, flush=True)


threading.Thread(target=work, daemon=True).start()
server = ThreadingHTTPServer(("localhost", int(os.environ.get("PORT", "3001"))), Handler)
scheme = "http"
if "CERT" in os.environ:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(os.environ["CERT"])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https"
print(f"{scheme}://localhost:{server.server_port}", flush=True)
server.serve_forever()
