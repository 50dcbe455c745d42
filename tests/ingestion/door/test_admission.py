"""What the event loop's entrance does where its memory runs out under it."""

import asyncio
from typing import Any

import pytest

from analytics import directory
from ingestion.door import admission
from ingestion.door.admission import Admission


@pytest.mark.parametrize("place", [(admission, "is_at_hand"), (directory.CLIENTS, "has")])
def test_what_is_forgotten_between_two_looks_is_asked_for_by_a_thread(
    monkeypatch: pytest.MonkeyPatch, place: tuple[object, str]
) -> None:
    directory.forget()
    monkeypatch.setattr(*place, lambda *arguments: True)
    asked: list[object] = []

    async def errand(work: Any, *arguments: Any) -> str:
        asked.append(work)
        return "by a thread"

    meta = {"HTTP_EVENT_LENS_CLIENT_ID": "somebody", "HTTP_EVENT_LENS_CLIENT_SECRET": "el_sk_secret"}

    assert asyncio.run(Admission(errand).looked_up(meta, b"", 1.7e9)) == "by a thread"
    assert asked == [admission.look_up]
