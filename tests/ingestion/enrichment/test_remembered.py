"""Answers are found once and kept while they are asked for, and there are never more than so many."""

from ingestion.enrichment.remembered import Answers


def test_a_question_is_answered_once() -> None:
    asked: list[str] = []

    def length(question: str) -> int:
        asked.append(question)
        return len(question)

    answers = Answers(length, 4)

    assert answers.all(["a", "bb", "a"]) == [1, 2, 1]
    assert answers["bb"] == 2
    assert asked == ["a", "bb"]


def test_what_is_asked_again_and_again_stays_and_what_is_not_goes() -> None:
    asked: list[int] = []

    def same(question: int) -> int:
        asked.append(question)
        return question

    answers = Answers(same, 4)
    for number in range(100):
        answers.all([-1, number])
        assert len(answers) + len(answers.older) <= 4

    assert asked.count(-1) == 1
    assert answers[0] == 0
    assert asked.count(0) == 2


def test_an_answer_may_be_nothing() -> None:
    answers: Answers[str, str | None] = Answers(lambda _: None, 2)

    assert answers.all(["a", "b", "a"]) == [None, None, None]


def test_what_is_not_worth_it_is_answered_and_not_remembered() -> None:
    answers = Answers(str.upper, 4, lambda question: len(question) < 3)

    assert answers.all(["ab", "abc"]) == ["AB", "ABC"]
    assert dict(answers) == {"ab": "AB"}


def test_what_is_forgotten_is_found_anew() -> None:
    told = ["first"]
    answers = Answers(lambda _: told[-1], 2)
    answers.all(["a", "b", "c"])

    told.append("second")
    answers.forget()

    assert answers.all(["a", "b", "c"]) == ["second", "second", "second"]
