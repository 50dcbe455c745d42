"""Accepts connections on a loopback address, one thread each, and ends them in good order."""

import errno
import logging
from contextlib import suppress
from ipaddress import ip_address
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, create_server, socket
from threading import Event, Lock, Thread, current_thread
from time import monotonic

from .connection import Connection
from .engine import Engine
from .errors import TOO_MANY_SIMULTANEOUS_QUERIES, EngineError, ProtocolError
from .watch import Watch

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 200
STOP_SECONDS = 7.0
LAST_SECONDS = 1.0
ACCEPT_AGAIN_SECONDS = 0.2


class NotLoopback(ValueError):
    """The server trusts whoever reaches it, so only this machine may."""


class PortTaken(OSError):
    """Something else listens there."""


def check_loopback(host: str) -> None:
    with suppress(ValueError):
        if host == "localhost" or ip_address(host).is_loopback:
            return
    raise NotLoopback(
        f"The embedded ClickHouse has no passwords and listens on loopback addresses only, not on {host}: "
        "use 127.0.0.1, or install a ClickHouse server for other machines."
    )


def listen(host: str, port: int) -> socket:
    try:
        return create_server((host, port), backlog=MAX_CONNECTIONS)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(
            f"port {port} of {host} is taken: stop what listens there, or give another --port."
        ) from error


class Server:
    def __init__(self, engine: Engine, host: str, port: int) -> None:
        check_loopback(host)
        self._engine = engine
        self._listener = listen(host, port)
        self.host, self.port = host, self._listener.getsockname()[1]
        self._watch = Watch(engine.kill)
        self._stopping = Event()
        self._lock = Lock()
        self._open: dict[Thread, Connection] = {}
        self._accepting = Thread(target=self._accept, name="accept", daemon=True)

    def start(self) -> None:
        self._accepting.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
                client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            except OSError as error:  # no more files, or the listener was closed
                if not self._stopping.wait(ACCEPT_AGAIN_SECONDS):
                    logger.warning("A connection could not be accepted, the next one may be: %s", error)
            else:
                self._begin(client)

    def _begin(self, client: socket) -> None:
        connection = Connection(client, self._engine, self._watch)
        thread = Thread(target=self._serve, args=(connection,), name="connection", daemon=True)
        with self._lock:
            thread.start()
            self._open[thread] = connection

    def _serve(self, connection: Connection) -> None:
        refusal = self._refusal()
        try:
            connection.serve(refusal)
        except (OSError, EOFError) as error:  # every day: the client has left
            logger.debug("A connection ended: %s", error)
        except (ProtocolError, UnicodeDecodeError) as error:
            logger.warning("A connection was closed: %s", error)
        finally:
            with self._lock:
                del self._open[current_thread()]

    def _refusal(self) -> EngineError | None:
        with self._lock:
            if len(self._open) <= MAX_CONNECTIONS:
                return None
        return EngineError(
            TOO_MANY_SIMULTANEOUS_QUERIES,
            f"DB::Exception: All {MAX_CONNECTIONS} connections of the embedded ClickHouse are taken: "
            "close some, or run fewer processes. (TOO_MANY_SIMULTANEOUS_QUERIES)",
        )

    def stop(self) -> None:
        """No new connections; what is being written may end, for a while; then chDB is closed."""
        self._stopping.set()
        self._listener.shutdown(SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        self._leave(writes_too=False, seconds=STOP_SECONDS)
        self._leave(writes_too=True, seconds=LAST_SECONDS)
        self._watch.close()
        self._engine.close()

    def _leave(self, writes_too: bool, seconds: float) -> None:
        deadline = monotonic() + seconds
        with self._lock:
            connections = dict(self._open)
        for connection in connections.values():
            connection.stop(writes_too)
        for thread in connections:
            thread.join(max(0.0, deadline - monotonic()))
