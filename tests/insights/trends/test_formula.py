"""Formulas: arithmetic with letters, and nothing else."""

import pytest

from insights.trends.formula import LONGEST, Formula, WrongFormula


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A", 6),
        ("A / B * 100", 300),
        ("A - B * 2", 2),
        ("(A - B) * 2", 8),
        ("-A + +B", -4),
        ("A / (B - 2)", None),
        ("1.5", 1.5),
        (".5 * B", 1),
        ("A*1E3", 6000),
        ("9" * 100 + "." + "*A", pytest.approx(6e100)),
        ("1E308 * A", None),
        ("1E308*A - 1E308*A", None),
        ("-" * (LONGEST - 1) + "A", -6),
    ],
)
def test_a_formula_has_a_value_or_none(text: str, value: float | None) -> None:
    assert Formula(text, "AB").value({"A": 6, "B": 2}) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "C",
        "AB",
        "A B",
        "A ** 9",
        "A // B",
        "A %B",
        "A(B)",
        "A.B",
        "A, B",
        "(A, B)",
        "()",
        "[A]",
        "A = B",
        "A; B",
        "A\nB",
        "'A'",
        "A if B else A",
        "A or B",
        "A < B",
        "~A",
        "1J",
        "__import__('os')",
        "A.__class__",
        "1/",
        "((A)",
        "0777",
        "(" * 60 + "A",
        "A" + "+A" * LONGEST,
        "\x00",
        "\uff21",
        "A #",
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(WrongFormula):
        Formula(text, "AB")
