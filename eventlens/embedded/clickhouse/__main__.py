"""`python -m eventlens.embedded.clickhouse --port N --data-dir DIR`: serve until SIGTERM or SIGINT."""

import argparse
import logging
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

from .engine import Engine
from .errors import EngineError
from .folder import FolderInUse, owned
from .server import NotLoopback, Server, check_loopback

logger = logging.getLogger("eventlens.embedded.clickhouse")

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eventlens.embedded.clickhouse", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="TCP port of the native protocol")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder for the data, created if missing")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--database", default="event_lens", help="database to create if missing")
    return parser.parse_args()


def _allow_many_files() -> None:
    """Each part of a table has open files; the usual soft limit of 1024 is soon reached."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems report more than they grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve(host: str, port: int, folder: Path, database: str) -> None:
    check_loopback(host)
    # Blocked before chDB starts its threads, which inherit that: one of them would swallow the signal otherwise.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    _allow_many_files()
    with owned(folder) as store:
        engine = Engine(store)
        engine.create_database(database)
        server = Server(engine, host, port)
        server.start()
        logger.info("ClickHouse is ready on %s:%d", server.host, server.port)
        signal.sigwait(STOP_SIGNALS)
        logger.info("ClickHouse is stopping")
        server.stop()


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    given = arguments()
    try:
        serve(given.host, given.port, given.data_dir, given.database)
    except (NotLoopback, FolderInUse, EngineError, OSError, ValueError) as error:
        logger.error("The embedded ClickHouse cannot start: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
