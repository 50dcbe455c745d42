"""gunicorn's settings, the same on one machine and in a container; flags given to gunicorn win over them."""

from typing import Any

from django.urls import get_resolver

from eventlens.config import load

settings = load()

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "gthread"
preload_app = True  # the workers share the memory of what is imported once
workers = settings.web_workers
threads = settings.web_threads
keepalive = 30  # seconds; senders that reuse their connection save a handshake an event
timeout = 60  # seconds without a sign of life before a worker is replaced
graceful_timeout = 25  # seconds that a stop leaves to the requests in hand
loglevel = "warning"
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Import every route before the workers are forked: once for all, and a broken one stops the start."""
    _ = get_resolver().url_patterns
