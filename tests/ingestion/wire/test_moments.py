"""When it happened: forms of time, wrong clocks, the future and the past."""

import pytest

from ingestion.wire.moments import happened, parse, settled
from tests.ingestion.factories import DAY, HOUR, MINUTE, NOON, SECOND

DAY_2021 = 1_635_465_600_000  # 2021-10-29T00:00:00Z


def shortened(value: object) -> str:
    return str(value)[:40]


FORMS = [
    ("2021-10-29T00:00:00Z", DAY_2021),
    ("2021-10-29T00:00:00.000Z", DAY_2021),
    ("2021-10-29t00:00:00z", DAY_2021),
    ("2021-10-29T00:00:00.000-00:00", DAY_2021),
    ("2021-10-29T09:00:00+09:00", DAY_2021),
    ("2021-10-29T09:00:00+0900", DAY_2021),
    ("2021-10-29 00:00:00", DAY_2021),
    (" 2021-10-29T00:00 ", DAY_2021),
    ("2021-10-29", DAY_2021),
    ("20211029", DAY_2021),
    ("20211029T000000Z", DAY_2021),
    ("2021-W43-5", DAY_2021),
    ("2021-10-29T00:00:00.123456789Z", DAY_2021 + 123),
    (1_635_465_600, DAY_2021),
    (1_635_465_600.25, DAY_2021 + 250),
    (1_635_465_600_000, DAY_2021),
    (1_635_465_600_000.0, DAY_2021),
    ("1635465600", DAY_2021),
    ("1635465600000", DAY_2021),
    ("1635465600.5", DAY_2021 + 500),
    ("1612010200000", 1_612_010_200_000),
    (0, 0),
    (99_999_999_999, 99_999_999_999_000),
    (100_000_000_000, 100_000_000_000),
    ("yesterday", None),
    ("", None),
    ("2021-13-01", None),
    ("2021-10-29T25:00:00Z", None),
    ("nan", None),
    ("inf", None),
    (10**30, None),
    (10**400 - 1, None),
    (-(10**400), None),
    ("9" * 400, None),
    (float(10**300), None),
    ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
    ("9999-12-31T23:59:59Z", 253_402_300_799_000),
]


@pytest.mark.parametrize(("sent", "expected"), FORMS, ids=shortened)
def test_forms_of_time(sent: str | int | float, expected: int | None) -> None:
    assert parse(sent) == expected


# (timestamp, sentAt) as the sender's clock has them, and when it happened by ours; it is noon on arrival.
CLOCKS = [
    (None, None, NOON),
    ("", None, NOON),
    (None, NOON - HOUR, NOON),
    (NOON - MINUTE, None, NOON - MINUTE),
    (NOON - MINUTE, NOON, NOON - MINUTE),
    (NOON + HOUR, NOON + 2 * HOUR, NOON - HOUR),
    (NOON - 5 * HOUR, NOON - 3 * HOUR, NOON - 2 * HOUR),
    ("2024-05-31T15:02:00+04:00", "2024-05-31T15:12:00+04:00", NOON - 10 * MINUTE),
    (NOON - HOUR, "not-a-date", NOON - HOUR),
    (NOON - HOUR, 10**400 - 1, NOON - HOUR),
]


@pytest.mark.parametrize(("timestamp", "sent_at", "expected"), CLOCKS, ids=shortened)
def test_the_clock_of_the_sender(timestamp: str | int | None, sent_at: str | int | None, expected: int) -> None:
    assert happened(timestamp, sent_at, NOON) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON, (NOON, False)),
        (NOON + 23 * HOUR, (NOON + 23 * HOUR, False)),
        (NOON + 23 * HOUR + SECOND, (NOON, True)),
        (NOON + 100_000 * DAY, (NOON, True)),
        (NOON - 10_000 * DAY, (NOON - 10_000 * DAY, False)),
        (0, (0, False)),
    ],
)
def test_the_future_becomes_the_arrival_and_the_past_stays(at: int, expected: tuple[int, bool]) -> None:
    assert settled(at, NOON, None) == expected
