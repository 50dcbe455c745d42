"""Compare layouts of the events table: `python -m benchmarks.schema --events 20000000 --out build/schema`."""

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks.schema import candidates, source
from benchmarks.schema.columns import measure_columns
from benchmarks.schema.engine import Engine
from benchmarks.schema.measure import Contest, compare
from benchmarks.schema.questions import MANY_KEY_QUESTIONS, QUESTIONS
from benchmarks.schema.report import Report

# One difference at a time needs fewer events than the choice among whole layouts, and finds room on a small disk.
CONTESTS = {
    "order-keys": Contest(candidates.ORDER_KEYS, QUESTIONS),
    "properties": Contest(candidates.PROPERTY_STORAGE, QUESTIONS, source="quarter"),
    "visitor-and-codecs": Contest(candidates.VISITOR_AND_CODECS, QUESTIONS, source="quarter"),
    "many-keys": Contest(candidates.MANY_KEYS, MANY_KEY_QUESTIONS, source="manyKeys"),
}
PARTS = (*CONTESTS, "columns")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schema", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000, help="how many events to generate")
    parser.add_argument("--out", type=Path, required=True, help="folder for figures.json and figures.md")
    parser.add_argument("--data-dir", type=Path, help="where tables live meanwhile; default: the system's")
    parser.add_argument("--keep", type=Path, help="a folder whose generated events are kept for the next run")
    parser.add_argument("--rounds", type=int, default=5, help="measured runs of each question")
    parser.add_argument("--threads", type=int, default=2, help="threads of a query")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    data_dir = given.keep or Path(tempfile.mkdtemp(prefix="event-lens-schema-", dir=given.data_dir))
    try:
        with Engine(data_dir, given.threads) as engine:
            report = run(engine, given)
    finally:
        if not given.keep:
            shutil.rmtree(data_dir, ignore_errors=True)
    print(report.as_markdown())


def run(engine: Engine, given: argparse.Namespace) -> Report:
    """The report is written after each part, so that a long run leaves what it has."""
    report = Report(given.events)
    source.generate(engine, given.events)
    for part in given.only or PARTS:
        if part in CONTESTS:
            report.contests[part] = compare(engine, CONTESTS[part], given.rounds)
        else:
            report.columns = measure_columns(engine, given.rounds)
        report.write(given.out)
    return report


if __name__ == "__main__":
    main()
