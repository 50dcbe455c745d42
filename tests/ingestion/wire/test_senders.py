"""What the headers of a request tell of its sender."""

from ingestion.wire.senders import LONGEST_HEADER, sender_of


def test_headers_that_every_event_of_a_request_carries_have_a_bearable_length() -> None:
    long = "x" * 60_000
    meta = {
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_USER_AGENT": long,
        "HTTP_OPENPANEL_SDK_NAME": long,
        "HTTP_OPENPANEL_SDK_VERSION": long,
    }

    sender = sender_of(meta, by_secret=False)

    assert {len(text) for text in (sender.user_agent, sender.sdk_name, sender.sdk_version)} == {LONGEST_HEADER}


def test_a_header_of_other_letters_is_read_as_utf_8() -> None:
    sent = "Größe/1".encode().decode("latin-1")

    assert sender_of({"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": sent}, by_secret=True).user_agent == "Größe/1"
