"""Secrets of clients: made, stored as a hash, and compared.

One salted SHA-256 is enough here. Slow hashes exist for passwords, which people choose and attackers guess; a
secret of ours is 256 random bits, which nobody guesses at any speed, and it is checked on the ingestion path.
"""

import hashlib
import hmac
import re
import secrets

PREFIX = "el_"
STORED = re.compile(r"el-sha256\$(?P<salt>[0-9a-f]{32})\$(?P<digest>[0-9a-f]{64})")


def generate() -> str:
    """A new secret: a prefix that people and leak scanners recognise, and 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is stored for the secret; another salt, so another text, at every call."""
    salt = secrets.token_hex(16)
    return f"el-sha256${salt}${digest(salt, secret)}"


def digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}{secret}".encode()).hexdigest()


def is_hash(stored: str) -> bool:
    """False for a secret that somebody wrote into the table by hand."""
    return STORED.fullmatch(stored) is not None


def matches(stored: str, secret: str) -> bool:
    """Constant-time and case-sensitive. A stored hash is never compared as text: knowing it opens nothing."""
    if not stored or not secret:
        return False
    if parts := STORED.fullmatch(stored):
        return hmac.compare_digest(parts["digest"], digest(parts["salt"], secret))
    return hmac.compare_digest(stored.encode(), secret.encode())
