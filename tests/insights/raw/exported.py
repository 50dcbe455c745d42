"""What an export answers, read back."""

import json
from typing import Any


def content(answer: Any) -> bytes:
    """The whole file; closed as the server closes it."""
    assert answer.status_code == 200, answer.content
    file = b"".join(answer.streaming_content)
    answer.close()
    return file


def rows(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(answer).splitlines()]
