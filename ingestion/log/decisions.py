"""What was decided about a chunk of a batch, kept in Redis until the batch is stored, for whoever repeats it."""

from ingestion.log.stream import Batch, Holder


class Decisions:
    """Of one chunk. Each method raises LockLost for a holder that is none any more."""

    def __init__(self, holder: Holder, batch: Batch, number: int) -> None:
        self.holder, self.batch, self.number = holder, batch, number
        self.refused: dict[str, str] = {}

    def agree(self, verdict: bytes) -> bytes:
        """What was decided of the chunk's events before, else this verdict, from now on.

        It also tells what was refused before, and comes first: later refusals are this holder's own, or it has lost
        the lock.
        """
        standing, *refused = self.holder.agree(self.batch, self.number, "", verdict)
        words = [part.decode() for part in refused]
        self.refused = dict(zip(words[::2], words[1::2], strict=True))
        return standing

    def refuse(self, block: str, reason: str) -> str:
        """ClickHouse refuses this block of rows: it is halved from now on, also where it might be taken one day.

        Else a repeat could store the whole beside a half. Returns the reason that was noted first.
        """
        [standing] = self.holder.agree(self.batch, self.number, block, reason.encode("utf-8", "replace"))
        self.refused[block] = standing.decode()
        return self.refused[block]

    def reason(self, block: str) -> str:
        """Why the block was refused, '' if it was not."""
        return self.refused.get(block, "")
