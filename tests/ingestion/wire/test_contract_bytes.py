"""What is no JSON is refused wherever it stands, also where nobody would look."""

import pytest

from ingestion.wire import contract
from ingestion.wire.refusal import Refused

BAD = [b'"na\xfcme": 1', b'"name": "a\xe3"', b'"name": ' + b"[" * 100_000 + b"]" * 100_000]


@pytest.mark.parametrize("bad", BAD, ids=["a key", "a value", "too deep"])
@pytest.mark.parametrize("kind", ["identify", "increment", "group", "alias"])
def test_an_unknown_field_has_to_be_json_too(kind: str, bad: bytes) -> None:
    payload = b'{"profileId": "ada", "alias": "a", "property": "n", "id": "g", "type": "t", ' + bad + b"}"

    with pytest.raises(Refused) as refused:
        contract.read_item(b'{"type": "%s", "payload": %s}' % (kind.encode(), payload))

    assert refused.value.problem.field in {"", "payload"}
