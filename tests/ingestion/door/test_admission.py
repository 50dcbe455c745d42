"""What the event loop's entrance does where its memory runs out under it."""

import asyncio
from typing import Any

import pytest

from analytics import directory
from ingestion.door import admission
from ingestion.door.admission import Admission


def test_what_is_forgotten_between_two_looks_is_asked_for_by_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    directory.forget()
    monkeypatch.setattr(admission, "is_at_hand", lambda meta, body: True)
    asked: list[object] = []

    async def errand(work: Any, *arguments: Any) -> str:
        asked.append(work)
        return "by a thread"

    meta = {"HTTP_EVENT_LENS_CLIENT_ID": "somebody", "HTTP_EVENT_LENS_CLIENT_SECRET": "el_sk_secret"}

    assert asyncio.run(Admission(errand).looked_up(meta, b"", 1.7e9)) == "by a thread"
    assert asked == [admission.look_up]
