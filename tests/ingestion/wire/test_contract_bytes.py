"""What is no JSON is refused also in a field that nobody knows, where it would become a trait."""

import pytest

from ingestion.wire import changes, contract
from ingestion.wire.refusal import Refused
from tests.ingestion.factories import NOON


@pytest.mark.parametrize(
    "bad",
    [b'"na\xfcme": 1', b'"name": "a\xe3"', b'"name": ' + b"[" * 100_000 + b"]" * 100_000],
    ids=["a key", "a value", "too deep"],
)
def test_an_unknown_field_has_to_be_json_too(bad: bytes) -> None:
    with pytest.raises(Refused) as refused:
        item = contract.read_item(b'{"type": "identify", "payload": {"profileId": "ada", ' + bad + b"}}")
        changes.change(item, "shop", NOON, None)

    assert refused.value.problem.field in {"", "payload"}
