"""What became of a request's events at the door."""

from collections.abc import Sequence
from typing import overload

import msgspec
import xxhash

from ingestion.door.turn import Answer, Asked, decode_answer


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """One event that is in the log, now or since an earlier request."""

    event_id: str
    device_id: str
    session_id: str
    is_adjusted: bool
    is_duplicate: bool


class Outcome(Sequence[Accepted]):
    """The events of one request, each put into words only when asked for: who sends many asks for few."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.starts: list[int] = asked.reply[0]
        self.second: set[int] = set()
        self.repeats: dict[int, Answer] = {}
        if asked.reply[1]:
            self.read(asked.reply[1])

    def read(self, odd: Sequence[int | bytes]) -> None:
        for number, which in zip(odd[0::2], odd[1::2], strict=True):
            index = int(number) - 1
            if isinstance(which, bytes):
                self.repeats[index] = decode_answer(which)
            else:
                self.second.add(index)

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Accepted: ...

    @overload
    def __getitem__(self, index: slice) -> list[Accepted]: ...

    def __getitem__(self, index: int | slice) -> Accepted | list[Accepted]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        started_ms, repeated = self.starts[index], self.repeats.get(index)
        answer = repeated or self.first_answer(index)
        session_id = answer.session_id
        if not session_id and started_ms >= 0:
            session_id = session_id_of(self.asked.project.id, answer.device_id, started_ms)
        return Accepted(answer.event_id, answer.device_id, session_id, answer.is_adjusted, repeated is not None)

    def first_answer(self, index: int) -> Answer:
        draft = self.asked.drafts[index]
        event = draft.event
        device_id = self.asked.devices_of(index)[1] if index in self.second else event.device_id
        return Answer(event.event_id, device_id, event.session_id, draft.is_adjusted)

    def duplicates(self) -> list[int]:
        """The positions of repeats."""
        return sorted(self.repeats)

    def adjusted(self) -> list[int]:
        """The positions of events whose time was adjusted, now or when they first came."""
        drafts, repeats = self.asked.drafts, self.repeats
        return [
            index
            for index, draft in enumerate(drafts)
            if (repeats[index].is_adjusted if index in repeats else draft.is_adjusted)
        ]


def session_id_of(project_id: str, device_id: str, started_ms: int) -> str:
    """The id that the rollup gives to a session of this start."""
    return xxhash.xxh64_hexdigest(f"{project_id}|{device_id}|{started_ms}".encode())
