"""gunicorn's settings, the same on one machine and in a container; flags given to gunicorn win over them."""

import gc
import os
import resource
from typing import Any

from django.urls import get_resolver

from eventlens.config import load

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")  # the worker is loaded before the application
settings = load()

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "eventlens.worker.Worker"
preload_app = True  # the workers share the memory of what is imported once
workers = settings.web_workers
keepalive = 30  # seconds; senders that reuse their connection save a handshake an event
timeout = 60  # seconds without a sign of life before a worker is replaced
graceful_timeout = 25  # seconds that a stop leaves to the requests in hand
loglevel = "warning"
control_socket_disable = True


OTHER_FILES = 200  # stores, logs, the database


def allow_connections(server: Any) -> None:
    """Each connection is an open file; what the system lets a process open by default is often a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.web_connections + OTHER_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        server.log.warning(
            "EVENTLENS_WEB_CONNECTIONS is %s, but the system lets a process open %s files only; raise its limit "
            "(ulimit -Hn, LimitNOFILE) or lower the setting.",
            settings.web_connections,
            hard,
        )
        wanted = hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def when_ready(server: Any) -> None:
    """Import every route before the workers are forked: once for all, and a broken one stops the start."""
    allow_connections(server)
    _ = get_resolver().url_patterns
    # What stays for good need not be searched for garbage again and again: that took a fifth of an event's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
