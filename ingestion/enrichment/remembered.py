"""Answers that are remembered, for whole columns: a call of `lru_cache` for each event would cost twice as much."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Answers(dict[K, V], Generic[K, V]):
    """Answers by question, found at the first time; at most so many.

    They are two generations: when the younger is full, the older one goes. So what is asked often stays.
    """

    def __init__(self, find: Callable[[K], V], most: int, is_worth: Callable[[K], bool] | None = None) -> None:
        super().__init__()
        self.find, self.most, self.is_worth = find, most, is_worth
        self.older: dict[K, V] = {}

    def __missing__(self, question: K) -> V:
        if self.is_worth is not None and not self.is_worth(question):
            return self.find(question)
        older = self.older  # another thread may begin a generation meanwhile
        answer = older[question] if question in older else self.find(question)
        if len(self) >= self.most // 2:
            self.older = dict(self)
            self.clear()
        self[question] = answer
        return answer

    def all(self, questions: Iterable[K]) -> list[V]:
        return list(map(self.__getitem__, questions))

    def forget(self) -> None:
        self.clear()
        self.older = {}
