"""The figures as one JSON file for programs and one Markdown file for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.schema.columns import ColumnFigures, columns_table
from benchmarks.schema.measure import Figures

COSTS: Mapping[str, Callable[[Figures], str]] = {
    "on disk, MiB": lambda f: f"{f.bytes_on_disk / 2**20:,.0f}",
    "files": lambda f: f"{f.files:,}",
    "load all, CPU s": lambda f: f"{f.load_cpu_seconds:.0f}",
    "merge to one part a month, CPU s": lambda f: f"{f.merge_cpu_seconds:.0f}",
    "a block of 50,000, CPU ms": lambda f: f"{f.block_cpu_seconds * 1000:.0f}",
}


@dataclass
class Report:
    """All that one run measured."""

    events: int
    contests: dict[str, list[Figures]] = field(default_factory=dict)
    columns: list[ColumnFigures] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "figures.json").write_text(json.dumps(asdict(self), indent=2) + "\n")
        (folder / "figures.md").write_text(self.as_markdown())

    def as_markdown(self) -> str:
        sections = {name: table(figures) for name, figures in self.contests.items()}
        if self.columns:
            sections["columns"] = columns_table(self.columns)
        text = "\n\n".join(f"## {name}\n\n{body}" for name, body in sections.items())
        return f"# Layouts of the events table, {self.events:,} events\n\n{text}\n"


def table(figures: Sequence[Figures]) -> str:
    """Costs first, then each question: ms on the clock / ms of processor time (thousands of rows read)."""
    questions = figures[0].question_seconds
    rows = [["", *(f.name for f in figures)], ["---", *("---:" for _ in figures)]]
    rows += [[title, *(show(f) for f in figures)] for title, show in COSTS.items()]
    rows += [[question, *(answer_time(f, question) for f in figures)] for question in questions]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def answer_time(figures: Figures, question: str) -> str:
    clock, cpu = figures.question_seconds[question], figures.question_cpu_seconds[question]
    return f"{clock * 1000:.0f} / {cpu * 1000:.0f} ({figures.rows_read[question] // 1000:,} k)"
