"""One client's connection: packets in, statements run, packets out."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_RDWR, socket
from threading import Lock

from clickhouse_driver.varint import read_varint

from . import blocks, wire
from .compression import compress, decompressing
from .engine import Engine
from .errors import NOT_IMPLEMENTED, QUERY_WAS_CANCELLED, EngineError, ProtocolError
from .recorder import Recorder
from .session import ONE_BLOCK, Session
from .statements import InsertOfBlocks, is_select
from .watch import Watch
from .wire import FromClient, FromServer, Query

logger = logging.getLogger(__name__)

GREETING_SECONDS = 10
DATA = wire.write_data(b"")
CANCEL = bytes([FromClient.CANCEL])
NO_PROFILE_EVENTS = wire.write_data(blocks.EMPTY, FromServer.PROFILE_EVENTS)


class Connection:
    mark: str

    def __init__(self, connection: socket, engine: Engine, watch: Watch) -> None:
        self._socket = connection
        self._reader = Recorder.over(connection)
        self._engine = engine
        self._watch = watch
        self._state = Lock()
        self._writes = False
        self._stopping = False
        self._cancelled = False
        self._compressed = False

    def serve(self, refusal: EngineError | None = None) -> None:
        """Until the client leaves or the server stops; with a refusal, say that and nothing else."""
        with closing(self._socket):
            try:
                session = self._greet(refusal)
            except EngineError as error:
                self._send(wire.write_exception(error))
                return
            self._socket.settimeout(None)
            with closing(session):
                self._converse(session)

    def _greet(self, refusal: EngineError | None) -> Session:
        self._socket.settimeout(GREETING_SECONDS)
        hello = wire.read_hello(self._reader)
        if refusal is not None:
            raise refusal
        if hello.revision < wire.REVISION:
            raise EngineError(NOT_IMPLEMENTED, "DB::Exception: The client is too old: use clickhouse-driver 0.2.11.")
        session = Session(self._engine, hello.database)
        self.mark = session.mark
        self._send(wire.write_hello("embedded", self._engine.version, self._engine.timezone))
        wire.read_string(self._reader)  # the quota key
        return session

    def _converse(self, session: Session) -> None:
        while not self._stopping:
            match read_varint(self._reader):
                case FromClient.PING:
                    self._send(wire.PONG)
                case FromClient.QUERY:
                    self._run(session, wire.read_query(self._reader))
                case FromClient.DATA:
                    self._read_block()  # of an INSERT that failed: the client had sent it before it knew
                case FromClient.CANCEL:
                    pass  # it came after the end of the query that it meant
                case packet:
                    raise ProtocolError(f"The client sent an unknown packet {packet}: use clickhouse-driver 0.2.11.")

    def _run(self, session: Session, query: Query) -> None:
        self._cancelled, self._compressed = False, query.compressed
        insert = InsertOfBlocks.of(query.text)
        try:
            self._refuse_external_tables()
            if insert is None:
                self._answer(session, query)
            else:
                self._insert(session, query, insert)
        except EngineError as error:
            as_asked = self._cancelled and error.code == QUERY_WAS_CANCELLED
            self._send(wire.END_OF_STREAM if as_asked else wire.write_exception(error))

    def _refuse_external_tables(self) -> None:
        sent = [block for block in self._blocks() if block]
        if sent:
            raise EngineError(
                NOT_IMPLEMENTED, "DB::Exception: External tables are not taken: pass arrays as parameters."
            )

    def _blocks(self) -> Iterator[bytes]:
        """The client's blocks, up to the empty one that ends them; a Cancel between them is a cancelled query."""
        while True:
            packet = read_varint(self._reader)
            if packet == FromClient.CANCEL:
                self._cancelled = True
                raise EngineError(QUERY_WAS_CANCELLED, "DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)")
            if packet != FromClient.DATA:
                raise ProtocolError(
                    f"The client sent packet {packet} instead of a block: use clickhouse-driver 0.2.11."
                )
            if not (block := self._read_block()):
                return
            yield block

    def _read_block(self) -> bytes:
        wire.read_string(self._reader)  # the name of an external table
        return blocks.from_wire(decompressing(self._reader) if self._compressed else self._reader)

    def _answer(self, session: Session, query: Query) -> None:
        with (
            self._at_work(writes=not is_select(query.text)),
            session.under(query.settings, query.text),
            self._watch.over(self),
            closing(session.answer(query)) as pieces,
        ):
            count = 0
            for piece in pieces:
                for block in blocks.to_wire(piece.bytes()):
                    if not count:
                        # The driver takes names and types from a block without rows, and from no other.
                        self._send_block(blocks.header(block.columns))
                    self._send_block(block.data)
                    count += 1
                self._send(wire.write_progress(piece.storage_rows_read(), piece.storage_bytes_read()))
            if not count and (columns := session.columns(query)):
                self._send_block(blocks.header(columns))
            self._send(wire.write_profile_info(blocks=count) + wire.END_OF_STREAM)

    def _insert(self, session: Session, query: Query, insert: InsertOfBlocks) -> None:
        with (
            self._at_work(writes=True),
            session.under(ONE_BLOCK + query.settings, query.text),
            session.insert(insert, query.settings) as rows,
        ):
            self._send_block(blocks.header(rows.columns))
            for block in self._blocks():
                rows.append(block)
                self._send(NO_PROFILE_EVENTS)
            written = rows.finish()
            progress = wire.write_progress(0, 0, written.rows_written(), written.bytes_written())
            self._send(NO_PROFILE_EVENTS + progress + wire.END_OF_STREAM)

    def _send_block(self, block: bytes) -> None:
        self._send(DATA)
        self._send(compress(block) if self._compressed else block)

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def wants_to_stop(self) -> bool:
        """Seen from the watch while a query runs: has the client left, or is its next packet a Cancel?"""
        if not (ahead := self._reader.unread()[:1]):
            try:
                ahead = self._socket.recv(1, MSG_PEEK | MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                return True
        self._cancelled = ahead == CANCEL
        return self._cancelled or not ahead

    @contextmanager
    def _at_work(self, writes: bool) -> Iterator[None]:
        with self._state:
            self._writes = writes
        try:
            yield
        finally:
            with self._state:
                self._writes = False

    def stop(self, writes_too: bool = False) -> None:
        """Leave the client; what is being written may end first, unless its time is over."""
        self._stopping = True
        with self._state:
            if self._writes and not writes_too:
                return
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)
