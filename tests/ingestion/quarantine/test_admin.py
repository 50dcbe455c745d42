"""The quarantine in the admin: looked at, searched, replayed, deleted, never edited."""

from typing import Any

import msgspec
import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.test import Client as Http

from ingestion import quarantine
from ingestion.log import stream
from ingestion.models import QuarantinedEvent
from tests.analytics.factories import new_project
from tests.ingestion.factories import drafted, said
from tests.ingestion.test_tasks import queued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log")]
Log = redis.Redis
PAGE = "/admin/ingestion/quarantinedevent/"
NOON = "2024-05-31T12:00:00Z"


@pytest.fixture
def staff(db: None) -> Http:
    http = Http()
    http.force_login(User.objects.create(username="admin", is_staff=True, is_superuser=True))
    return http


def kept(number: int = 1, **fields: Any) -> QuarantinedEvent:
    payload = msgspec.msgpack.encode(drafted(name="buy", eventId=f"e{number}", deviceId="d1"))
    values = {"kind": "event", "project_id": "shop", "name": "buy", "event_id": f"e{number}", "payload": payload}
    values |= {"reason": "The enrichment failed.", "quarantined_at": NOON, "entry_id": f"{number}-0", **fields}
    return QuarantinedEvent.objects.create(**values)


def act(http: Http, action: str, *events: QuarantinedEvent, **more: str) -> Any:
    form = {"action": action, "_selected_action": [event.pk for event in events], **more}
    return http.post(PAGE, form, follow=True)


def test_the_list_tells_project_name_and_reason(staff: Http) -> None:
    kept(reason="r" * 200)

    page = staff.get(PAGE).content.decode()

    assert "shop" in page
    assert "buy" in page
    assert "r" * 120 + "…" in page
    assert "r" * 121 not in page


def test_what_was_said_of_a_person_is_listed_by_its_type_and_profile(staff: Http, log: Log) -> None:
    new_project("shop")
    change = msgspec.msgpack.encode(said("identify", profileId="ada", firstName="Ada"))
    log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": change})
    quarantine.collect()

    page = staff.get(PAGE).content.decode()

    assert "identify" in page
    assert "ada" in page


@pytest.mark.parametrize("words", ["decimals", "blog", "e2"])
def test_events_are_found_by_reason_project_and_id(staff: Http, words: str) -> None:
    kept(1)
    kept(2, reason="Too many decimals.", project_id="blog", name="paid")

    page = staff.get(PAGE, {"q": words}).content.decode()

    assert ("paid" in page, "buy" in page) == (True, False)


def test_the_payload_is_readable_and_harmless(staff: Http) -> None:
    event = drafted(name="<script>alert(1)</script>", properties={"plan": "größer"})
    row = kept(payload=msgspec.msgpack.encode(event))

    page = staff.get(f"{PAGE}{row.pk}/change/").content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&quot;plan&quot;: &quot;größer&quot;" in page


def test_what_cannot_be_read_is_shown_byte_by_byte(staff: Http) -> None:
    row = kept(kind="entry", payload=b"\xc1<b>")

    assert "b&#x27;\\xc1&lt;b&gt;&#x27;" in staff.get(f"{PAGE}{row.pk}/change/").content.decode()


def test_nothing_can_be_added_or_edited(staff: Http) -> None:
    row = kept()

    assert staff.get(f"{PAGE}add/").status_code == 403
    assert staff.post(f"{PAGE}{row.pk}/change/", {"reason": "all fine"}).status_code == 403
    assert QuarantinedEvent.objects.get().reason == "The enrichment failed."


def test_a_replay_is_noted_and_wakes_a_worker(staff: Http, log: Log) -> None:
    first, second = kept(1), kept(2, state="replayed", replayed_at=NOON)

    page = act(staff, "replay", first, second).content.decode()

    assert "1 of 2 will be replayed within seconds" in page
    assert "1 were replayed before and are left alone." in page
    first.refresh_from_db()
    assert first.state == "replaying"
    assert queued(log) == [("ingestion.tasks.keep_quarantine", [])]


def test_deleting_asks_first(staff: Http) -> None:
    row = kept()

    assert b"Are you sure" in act(staff, "delete_selected", row).content
    act(staff, "delete_selected", row, post="yes")

    assert QuarantinedEvent.objects.count() == 0


def test_who_may_only_look_can_neither_replay_nor_delete(db: None) -> None:
    user = User.objects.create(username="viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_quarantinedevent"))
    http = Http()
    http.force_login(user)
    row = kept()

    act(http, "replay", row)
    act(http, "delete_selected", row, post="yes")

    assert http.get(PAGE).status_code == 200
    assert QuarantinedEvent.objects.get().state == "waiting"
