"""An endpoint of the same web server that does nothing: reads the body, answers as much as an event is answered."""

import os

import django

from eventlens.bodies import Receive, Send, read_body
from eventlens.environ import Scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
django.setup()  # what deploy/gunicorn.conf.py does before the workers start needs it

BODY = (
    b'{"success":true,"eventId":"01a20605f1ce0c016118037afa9d2d7f",'
    b'"deviceId":"62128fe52adaae2a","sessionId":"5b349f0ff2f7e55d"}'
)
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    await read_body(receive, 10_000_000)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def live(receive: Receive, send: Send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})
