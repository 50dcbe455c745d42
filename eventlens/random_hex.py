"""Random digits for ids; the system's generator is asked for many at a time, as each call takes a microsecond."""

import os

DIGITS = 16  # 64 bits
AT_ONCE = 256

ready: list[str] = []
os.register_at_fork(after_in_child=ready.clear)  # no two processes may give out the same


def random_hex() -> str:
    """16 hexadecimal digits; may be called by threads at the same time."""
    try:
        return ready.pop()
    except IndexError:
        block = os.urandom(AT_ONCE * DIGITS // 2).hex()
        ready.extend(block[at : at + DIGITS] for at in range(DIGITS, len(block), DIGITS))
        return block[:DIGITS]
