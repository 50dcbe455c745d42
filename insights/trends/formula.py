"""Formulas over series: letters, numbers, + - * / and parentheses, read by a library and never by Python itself."""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping

from simpleeval import InvalidExpression, SimpleEval

LONGEST = 120
SIGNS = re.compile(rf"[A-Z0-9.+\-*/() ]{{1,{LONGEST}}}")
OPERATORS: Mapping[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
PARTS = (ast.Expr, ast.BinOp, ast.UnaryOp, ast.Name)


class WrongFormula(ValueError):
    """The text is no formula over these letters."""


class Formula:
    """Raises WrongFormula for all but arithmetic with the letters."""

    def __init__(self, text: str, letters: Iterable[str]) -> None:
        if not SIGNS.fullmatch(text):
            raise WrongFormula(text)
        self.evaluator = SimpleEval(operators=dict(OPERATORS), functions={}, names={})
        self.evaluator.nodes = {part: self.evaluator.nodes[part] for part in PARTS} | {ast.Constant: number}
        try:
            self.parsed = self.evaluator.parse(text)
            self.value(dict.fromkeys(letters, 1.0))
        except (InvalidExpression, SyntaxError) as wrong:
            raise WrongFormula(text) from wrong

    def value(self, numbers: Mapping[str, float]) -> float | None:
        """Its value where the letters have these numbers; None for a division by zero and what is too large."""
        self.evaluator.names = dict(numbers)
        try:
            found = float(self.evaluator.eval("", self.parsed))
        except (ZeroDivisionError, OverflowError):
            return None
        return found if math.isfinite(found) else None


def number(node: ast.Constant) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise InvalidExpression
    return float(node.value)
