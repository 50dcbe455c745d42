"""Whatever is sent: an event that every later step can handle, or a refusal with a name."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventlens.api import InvalidInput
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import enrich
from ingestion.wire import contract
from ingestion.wire.drafts import draft
from ingestion.wire.payloads import TrackPayload
from ingestion.wire.refusal import Refused
from tests.ingestion.factories import project, sender

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [*TrackPayload.__struct_fields__, "unknown"]


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON) | st.fixed_dictionaries({"name": st.just("a"), "properties": JSON})
)
def test_whatever_json_comes_it_is_an_event_or_a_named_refusal(payload: dict[str, Any]) -> None:
    body = json.dumps({"type": "track", "payload": payload}).encode()
    try:
        event = draft(contract.read_one(body), project(), sender()).event
    except Refused as refused:
        assert refused.problem.field.startswith("payload")
        assert refused.problem.message.endswith(".")
        return
    packed = msgspec.msgpack.encode(event)
    assert msgspec.msgpack.decode(packed, type=AcceptedEvent) == event
    assert enrich(event, project()).name == payload["name"]


@given(st.binary())
def test_whatever_bytes_come_they_are_refused_by_name(body: bytes) -> None:
    with pytest.raises(Refused):
        contract.read_one(body)
    with pytest.raises(InvalidInput):
        contract.read_batch(body)
