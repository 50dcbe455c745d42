"""The examples of docs/identity.md: what they send is taken, and the ids that they refuse are refused."""

import re
from pathlib import Path

import pytest

from ingestion.door.accepted import AcceptedChange
from ingestion.wire import contract
from ingestion.wire.drafts import draft
from ingestion.wire.fields import is_somebody
from tests.ingestion.factories import project, sender

DOC = (Path(__file__).parents[3] / "docs" / "identity.md").read_text()
EXAMPLES = [line for line in DOC.splitlines() if line.startswith('{"type"')]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_taken(example: str) -> None:
    change = draft(contract.read_one(example.encode()), project(), sender()).event

    assert isinstance(change, AcceptedChange)


def test_every_type_has_an_example() -> None:
    shown = {contract.read_one(example.encode()).type for example in EXAMPLES}

    assert shown | {"track"} == set(contract.PAYLOADS)


def test_every_id_that_is_said_to_stand_for_nobody_does() -> None:
    [listed] = re.findall(r"Ids that stand for nobody \((.*?), blank", DOC)
    names = re.findall(r"`(.*?)`", listed)

    assert len(names) == 10
    assert not any(is_somebody(variant) for name in [*names, " "] for variant in (name, name.upper()))
