"""Fill every candidate, ask every question of all of them in turns, and keep the figures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from string import Template

from tqdm import tqdm

from benchmarks.schema.candidates import Candidate
from benchmarks.schema.engine import Engine, Timed
from benchmarks.schema.questions import LANES, PROFILE, Subjects, write

BLOCK_ROWS = 50_000
BLOCKS = 10


class DifferentAnswers(Exception):
    """Two layouts answered a question differently, so their times cannot be compared."""


class NotMerged(Exception):
    """A table could not be brought to one part a month, so it would be compared at a disadvantage."""


@dataclass
class Figures:
    """What was measured of one candidate. Costs are in processor seconds, questions in both kinds."""

    name: str
    create: str
    load_cpu_seconds: float = 0
    merge_cpu_seconds: float = 0
    bytes_on_disk: int = 0
    files: int = 0
    block_cpu_seconds: float = 0
    question_seconds: dict[str, float] = field(default_factory=dict)
    question_cpu_seconds: dict[str, float] = field(default_factory=dict)
    rows_read: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Contest:
    """Candidates that are asked the same questions over the events of one source table."""

    candidates: Sequence[Candidate]
    questions: Mapping[str, str]
    source: str = "source"


def compare(engine: Engine, contest: Contest, rounds: int) -> list[Figures]:
    """Figures of each candidate; its table is dropped afterwards."""
    candidates = contest.candidates
    figures = {c.name: Figures(c.name, c.create("events")) for c in candidates}
    insert_blocks(engine, contest, figures)
    for candidate in tqdm(candidates, desc="load", unit="table"):
        load(engine, candidate, contest.source, figures[candidate.name])
    ask_in_turns(engine, contest, figures, rounds)
    for candidate in candidates:
        engine.run(f"DROP TABLE {table_of(candidate)} SYNC")
    return list(figures.values())


def table_of(candidate: Candidate) -> str:
    return f"`events-{candidate.name}`"


def insert_blocks(engine: Engine, contest: Contest, figures: dict[str, Figures]) -> None:
    """Blocks as the product sends them, one thread, merges held back; the candidates take turns."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for candidate in contest.candidates:
        engine.run(candidate.create(f"`blocks-{candidate.name}`"))
        engine.run(f"SYSTEM STOP MERGES `blocks-{candidate.name}`")
    for number in tqdm(range(BLOCKS), desc="blocks", unit="block"):
        for candidate in contest.candidates:
            block = engine.native(
                f"SELECT {', '.join(f'{e} AS `{c}`' for c, e in filled(candidate))} "
                f"FROM (SELECT * FROM {contest.source} LIMIT {BLOCK_ROWS} OFFSET {number * BLOCK_ROWS}) "
                f"SETTINGS max_threads = 1, max_block_size = {BLOCK_ROWS}, preferred_block_size_bytes = 0"
            )
            insert = (
                f"INSERT INTO `blocks-{candidate.name}` ({', '.join(candidate.inserted)}) "
                f"SETTINGS max_threads = 1, max_insert_threads = 1, insert_deduplication_token = '{number}'"
            )
            seconds[candidate.name].append(engine.insert_native(insert, block))
    for candidate in contest.candidates:
        figures[candidate.name].block_cpu_seconds = median(seconds[candidate.name])
        engine.run(f"DROP TABLE `blocks-{candidate.name}` SYNC")


def filled(candidate: Candidate) -> list[tuple[str, str]]:
    return list(candidate.inserted.items())


def load(engine: Engine, candidate: Candidate, source: str, figures: Figures) -> None:
    """All events in, then one merge to one part a month, so that no layout owes work to the background."""
    table = table_of(candidate)
    engine.run(candidate.create(table))
    engine.run(f"SYSTEM STOP MERGES {table}")
    figures.load_cpu_seconds = engine.cpu_seconds(
        f"INSERT INTO {table} ({', '.join(candidate.inserted)}) "
        f"SELECT {', '.join(candidate.inserted.values())} FROM {source}"
    )
    engine.run(f"SYSTEM START MERGES {table}")
    figures.merge_cpu_seconds = merge(engine, table)
    figures.bytes_on_disk, figures.files = (
        int(value)
        for value in engine.run(
            "SELECT sum(bytes_on_disk), sum(files) FROM system.parts "
            f"WHERE active AND database = currentDatabase() AND table = '{table.strip('`')}'"
        ).split("\t")
    )


def merge(engine: Engine, table: str) -> float:
    """Processor seconds until each month is one part. OPTIMIZE gives up without a word when it waits too long."""
    parts = (
        "SELECT count() > uniqExact(partition) FROM system.parts "
        f"WHERE active AND database = currentDatabase() AND table = '{table.strip('`')}'"
    )
    seconds = 0.0
    for _ in range(20):
        seconds += engine.cpu_seconds(f"OPTIMIZE TABLE {table} FINAL")
        if engine.run(parts) == "0":
            return seconds
    raise NotMerged(f"{table} still has several parts a month; run again when the machine is less busy.")


def ask_in_turns(engine: Engine, contest: Contest, figures: dict[str, Figures], rounds: int) -> None:
    """One unmeasured round warms the caches; then noise of the machine hits all candidates alike."""
    subjects = find_subjects(engine, contest.source)
    runs: dict[tuple[str, str], list[Timed]] = defaultdict(list)
    for _ in tqdm(range(rounds + 1), desc="ask", unit="round"):
        for title, question in contest.questions.items():
            for candidate in contest.candidates:
                sql = write(question, candidate, table_of(candidate), subjects)
                runs[title, candidate.name].append(engine.ask(sql))
            check_agreement(title, {c.name: runs[title, c.name][-1].answer for c in contest.candidates})
    for (title, name), timed in runs.items():
        figures[name].question_seconds[title] = median(run.seconds for run in timed[1:])
        figures[name].question_cpu_seconds[title] = median(run.cpu_seconds for run in timed[1:])
        figures[name].rows_read[title] = timed[-1].rows_read


def find_subjects(engine: Engine, source: str) -> Subjects:
    lanes = engine.run(Template(LANES).substitute(source=source)).split()
    return Subjects(engine.run(Template(PROFILE).substitute(source=source)), [int(lane) for lane in lanes])


def check_agreement(title: str, answers: Mapping[str, str]) -> None:
    if len(set(answers.values())) == 1:
        return
    shown = "\n".join(f"{name}: {answer[:200]}" for name, answer in answers.items())
    raise DifferentAnswers(f"The layouts disagree on '{title}'; mend its SQL or the candidate:\n{shown}")
