"""Secrets: how they look, what is stored, what matches."""

import pytest

from analytics import keys

HAND_MADE_HASH = (
    "el-sha256$000102030405060708090a0b0c0d0e0f$"
    # sha256sum of the salt's 32 characters followed by "secret-456"
    "199c9b4c0261e22d8d88f715738fec37020b342b92655d67852268834b41c61a"
)


def test_a_secret_has_the_prefix_and_256_random_bits() -> None:
    made = {keys.generate() for _ in range(200)}

    assert len(made) == 200
    assert all(secret.startswith("el_") and len(secret) == 3 + 43 for secret in made)


def test_what_is_stored_does_not_hold_the_secret_and_differs_each_time() -> None:
    first, second = keys.hashed("secret-456"), keys.hashed("secret-456")

    assert "secret-456" not in first
    assert first != second
    assert keys.is_hash(first)
    assert keys.is_hash(second)


def test_the_stored_form_is_a_salted_sha256_that_another_tool_can_compute() -> None:
    assert keys.matches(HAND_MADE_HASH, "secret-456")


@pytest.mark.parametrize("wrong", ["secret-457", "SECRET-456", "secret-456 ", "", HAND_MADE_HASH])
def test_a_wrong_secret_does_not_match_a_hash(wrong: str) -> None:
    assert not keys.matches(HAND_MADE_HASH, wrong)


def test_a_secret_written_by_hand_matches_exactly() -> None:
    assert keys.matches("secret-456", "secret-456")
    assert not keys.matches("secret-456", "Secret-456")
    assert not keys.matches("secret-456", "secret-45")


def test_a_client_without_a_secret_has_none_that_matches() -> None:
    assert not keys.matches("", "")
    assert not keys.matches("", "anything")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret-456",
        HAND_MADE_HASH.upper(),
        HAND_MADE_HASH + "0",
        HAND_MADE_HASH + "\n",
        " " + HAND_MADE_HASH,
        "sha256$a$b",
    ],
)
def test_only_the_exact_form_counts_as_a_hash(text: str) -> None:
    assert not keys.is_hash(text)
