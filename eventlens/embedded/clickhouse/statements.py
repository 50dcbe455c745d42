"""What must be known of a statement before chDB sees it: does data follow it, and does it change the session."""

import re
from dataclasses import dataclass
from typing import Self

# Possessive (*+, ++) throughout: a long list of columns that turns out to belong to another kind of statement is not
# tried again in every other way of cutting it.
SPACE = r"(?:\s|--[^\n]*+|/\*.*?\*/)*+"
IDENTIFIER = r"(?:`(?:[^`\\]|\\.)*+`|\"(?:[^\"\\]|\\.)*+\"|\w++)"
COLUMNS = rf"(?:{IDENTIFIER}|[\s,.*]|\([^()]*+\))*+"
FLAGS = re.IGNORECASE | re.DOTALL
INSERT = re.compile(
    rf"^{SPACE}INSERT\s+INTO\s+(?:TABLE\s+)?(?P<table>{IDENTIFIER}(?:\.{IDENTIFIER})?){SPACE}"
    rf"(?:\((?P<columns>{COLUMNS})\))?{SPACE}(?P<settings>(?:SETTINGS\s(?:(?!\bSELECT\b).)*?)?)"
    rf"(?:VALUES|FORMAT\s+\w+)\s*;?\s*$",
    FLAGS,
)
SET = re.compile(rf"^{SPACE}SET\s", FLAGS)
SHOW = re.compile(rf"^{SPACE}SHOW\s", FLAGS)
SELECT = re.compile(rf"^{SPACE}(?:(?:SELECT|WITH|FROM)\b|\()", FLAGS)
TAIL = re.compile(r"(?:\s*;\s*|\s+FORMAT\s+\w+\s*)+$", FLAGS)


@dataclass(frozen=True)
class InsertOfBlocks:
    """An INSERT whose rows follow as blocks."""

    table: str
    columns: str
    settings: str

    @classmethod
    def of(cls, text: str) -> Self | None:
        found = INSERT.match(text)
        if found is None:
            return None
        return cls(found["table"], (found["columns"] or "").strip() or "*", found["settings"])

    def statement_from(self, file: str) -> str:
        """The INSERT, with its rows in a file."""
        return (
            f"INSERT INTO {self.table} ({self.columns}) FROM INFILE '{file}' COMPRESSION 'none' "
            f"{self.settings} FORMAT Native"
        )

    @property
    def columns_taken(self) -> str:
        return " ".join(("SELECT", self.columns, "FROM", self.table))


def changes_settings(text: str) -> bool:
    return SET.match(text) is not None


def is_show(text: str) -> bool:
    return SHOW.match(text) is not None


def is_select(text: str) -> bool:
    return SELECT.match(text) is not None


def without_tail(text: str) -> str:
    """Without the closing semicolon and FORMAT: over this protocol everything travels as Native."""
    return TAIL.sub("", text)
