"""The ASGI entry point, which the web server runs: events on the event loop, everything else in threads."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from eventlens.bodies import Receive, Reply, Send
from eventlens.environ import Scope
from eventlens.threads import Threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")


class Application:
    """What comes in is told apart by its address."""

    def __init__(self) -> None:
        views = get_wsgi_application()
        from ingestion.door.entrance import Entrance  # Django has to be set up first
        from insights.raw.slots import MOST_AT_ONCE

        threads, most = settings.EVENTLENS.web_threads, settings.EVENTLENS.max_body_bytes
        # Threads of their own: slow questions must keep neither an event nor the health check waiting.
        self.quick = Threads(views, threads, most, "quick")
        self.questions = Threads(views, threads, most, "questions", ends_for_leavers=True)
        # An export takes as long as its client; two threads more tell whoever comes too many.
        self.exports = Threads(views, MOST_AT_ONCE + 2, most, "exports")
        self.events = Entrance(self.quick)

    def at_once(self, scope: Scope, body: bytes, reply: Reply) -> bool:
        """Events that need nobody else to be asked; for a whole request, from eventlens.worker."""
        return self.events.at_once(scope, body, reply)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        path = scope["path"].removeprefix("/api/v1/analytics")
        if path == "/track" or path == "/track/batch":
            await self.events(scope, receive, send)
        elif path.startswith("/insights/") and path.endswith("/export"):
            await self.exports(scope, receive, send)
        elif path == "/health" or path.startswith("/track/"):
            await self.quick(scope, receive, send)
        else:
            await self.questions(scope, receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        """The server says when it has started, and when the last request is answered."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.events.close()
        self.quick.close()
        self.questions.close()
        self.exports.close()
        await send({"type": "lifespan.shutdown.complete"})


application = Application()
