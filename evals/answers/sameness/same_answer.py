"""When two typed answers are the same: the gold one says what may differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from zoped.evals.answers.kinds import (
    CONDITIONS,
    Answer,
    Based,
    Clock,
    Equation,
    Form,
    Inequality,
    Matrix,
    Named,
    Ordered,
    Ratio,
    Several,
    Word,
)
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.sameness.real_sets import real_set
from zoped.evals.answers.sameness.same_form import same_form, same_quantity
from zoped.evals.answers.sameness.values import proportional

MAX_COMPARISONS = 100  # of forms, in matching the items of two lists


def same_answer(answer: Answer, gold: Answer) -> bool:
    """Whether the answer is the gold one, of whatever kinds they are."""
    if isinstance(gold, Named):
        return _same_named(answer, gold)
    if isinstance(answer, Named):
        if isinstance(gold, Equation):
            return answer.difference is not None and proportional(
                answer.difference, gold.difference
            )
        return same_answer(answer.value, gold)
    if isinstance(gold, Quantity):
        # Not an expression of this value: a calculation is no answer.
        if isinstance(answer, Clock):
            return gold.unit is None and not answer.minute and gold.value == answer.hour
        if isinstance(answer, Based):
            return gold.unit is None and answer.digits == str(gold.value)
        return isinstance(answer, Quantity) and same_quantity(answer, gold)
    if isinstance(gold, Several):
        return _same_several(answer, gold) or (gold.kind == "union" and _same_set(answer, gold))
    if isinstance(gold, Ordered):
        return _same_ordered(answer, gold) or _same_set(answer, gold)
    if isinstance(gold, Form):
        return isinstance(answer, Quantity | Form) and same_form(answer, gold)
    if isinstance(gold, Equation):
        return isinstance(answer, Equation) and proportional(answer.difference, gold.difference)
    if isinstance(gold, Inequality):
        return _same_inequality(answer, gold) or _same_set(answer, gold)
    if isinstance(gold, Matrix):
        return (
            isinstance(answer, Matrix)
            and [len(row) for row in answer.rows] == [len(row) for row in gold.rows]
            and all(
                same_answer(a, g)
                for ours, theirs in zip(answer.rows, gold.rows, strict=True)
                for a, g in zip(ours, theirs, strict=True)
            )
        )
    if isinstance(gold, Ratio | Clock):
        return _same_ratio(answer, gold)
    if isinstance(gold, Word) and gold.text == "ℝ" and isinstance(answer, Ordered):
        return answer == Ordered("()", (Word("-oo"), Word("oo")))
    return answer == gold


def _same_named(answer: Answer, gold: Named) -> bool:
    """A name may be left out, and words may differ; another letter is another unknown."""
    if isinstance(answer, Named):
        if _is_variable(answer.name) and _is_variable(gold.name) and answer.name != gold.name:
            return False
        if "(" in answer.name and "(" in gold.name and answer.name != gold.name:
            return False  # another function, or a function of another variable
        if same_answer(answer.value, gold.value):
            return True
        return (
            answer.difference is not None
            and gold.difference is not None
            and bool(gold.difference.symbols - {gold.name})
            and proportional(answer.difference, gold.difference)
        )
    if isinstance(answer, Equation):
        return gold.difference is not None and proportional(answer.difference, gold.difference)
    return same_answer(answer, gold.value)


def _is_variable(name: str) -> bool:
    return re.fullmatch(r"\\?\w(?:_?\w{1,3})?", name) is not None and (
        len(name) == 1 or "_" in name or name[1:].isdigit()
    )


def _same_several(answer: Answer, gold: Several) -> bool:
    if isinstance(answer, Ordered) and answer.brackets == "[]" and gold.kind == "values":
        answer = Several("values", answer.items)
    if isinstance(answer, Ordered) and answer.brackets == "()" and _names(gold.items):
        return len(answer.items) == len(gold.items) and all(
            map(same_answer, answer.items, gold.items)
        )
    if not isinstance(answer, Several) or not _of_kind(answer, gold):
        return False
    return _same_items(answer.items, gold.items)


def _of_kind(answer: Several, gold: Several) -> bool:
    """Several solutions may be given as a set; a set must be written as one."""
    if answer.kind == gold.kind or (gold.kind, answer.kind) == ("values", "set"):
        return True
    kinds = {answer.kind, gold.kind}
    return (
        "union" in kinds
        and not kinds & CONDITIONS
        and any(
            all(isinstance(item, Inequality) for item in several.items)
            for several in (answer, gold)
        )
    )


def _names(items: Sequence[Answer]) -> list[str]:
    """The names of values that all have their own: x and y of "x = 1, y = 2"."""
    names = [
        item.name.lower() if len(item.name) > 1 else item.name
        for item in items
        if isinstance(item, Named)
    ]
    return names if len(names) == len(items) == len(set(names)) > 1 else []


def _same_items(given: Sequence[Answer], wanted: Sequence[Answer]) -> bool:
    if len(given) != len(wanted):
        return False
    plain = [
        [
            item.value
            for item in items
            if isinstance(item, Quantity) and not (item.unit or item.percent)
        ]
        for items in (given, wanted)
    ]
    if len(plain[0]) == len(plain[1]) == len(given):
        return Counter(plain[0]) == Counter(plain[1])
    if names := _names(wanted):
        if other := _names(given):
            values = dict(zip(other, given, strict=True))
            return set(other) == set(names) and all(
                same_answer(values[name], item) for name, item in zip(names, wanted, strict=True)
            )
        return not any(isinstance(item, Named) for item in given) and all(
            map(same_answer, given, wanted)
        )
    left = list(given)
    comparisons = 0
    for gold in wanted:
        for place, item in enumerate(left):
            if not isinstance(item, Quantity | Word):
                comparisons += 1
                if comparisons > MAX_COMPARISONS:
                    return False
            if same_answer(item, gold) and not _counts_others(item, gold):
                del left[place]
                break
        else:
            return False
    return True


def _counts_others(item: Answer, gold: Answer) -> bool:
    """3 apples where 3 pears are one of the values."""
    if not isinstance(item, Quantity) or not isinstance(gold, Quantity):
        return False
    given, wanted = item.unit, gold.unit
    return bool(
        given and wanted and given.counted and wanted.counted and given.counted != wanted.counted
    )


def _same_ordered(answer: Answer, gold: Ordered) -> bool:
    if isinstance(answer, Inequality) and answer.interval is not None:
        answer = answer.interval
    if isinstance(answer, Word) and answer.text == "ℝ":
        answer = Ordered("()", (Word("-oo"), Word("oo")))
    if isinstance(answer, Several) and gold.brackets == "()" and (names := _names(answer.items)):
        order = sorted(range(len(names)), key=lambda place: names[place])
        answer = Ordered("()", tuple(answer.items[place] for place in order))
    return (
        isinstance(answer, Ordered)
        and answer.brackets == gold.brackets
        and len(answer.items) == len(gold.items)
        and all(map(same_answer, answer.items, gold.items))
    )


def _same_inequality(answer: Answer, gold: Inequality) -> bool:
    if gold.interval is not None:
        if isinstance(answer, Inequality) and answer.interval is not None:
            return answer.name == gold.name and _same_ordered(answer.interval, gold.interval)
        return _same_ordered(answer, gold.interval)
    return (
        isinstance(answer, Inequality)
        and answer.relation == gold.relation
        and answer.difference is not None
        and gold.difference is not None
        and proportional(answer.difference, gold.difference, positive=gold.relation != "≠")
    )


def _same_set(answer: Answer, gold: Inequality | Several | Ordered) -> bool:
    """Whether both are one set of real numbers, one of them by inequalities or in several parts."""
    if isinstance(answer, Ordered) and isinstance(gold, Ordered):
        return False  # may be tuples
    names = _variables(answer) | _variables(gold)
    if len(_variables(answer)) == len(_variables(gold)) == 1 and len(names) > 1:
        return False
    given = real_set(answer)
    return given is not None and given == real_set(gold)


def _variables(answer: Answer) -> set[str]:
    if isinstance(answer, Inequality):
        return {answer.name} if answer.name else set()
    return set().union(*map(_variables, answer.items)) if isinstance(answer, Several) else set()


def _same_ratio(answer: Answer, gold: Ratio | Clock) -> bool:
    if isinstance(answer, Ratio) and isinstance(gold, Ratio):
        return len(answer.items) == len(gold.items) and all(
            map(same_answer, answer.items, gold.items)
        )
    given, wanted = _clock(answer), _clock(gold)
    if given is None or wanted is None:
        return False
    if (
        not wanted.half and wanted.minutes is None
    ):  # the gold answer leaves the half of the day open
        return (given.hour, given.minute) == (wanted.hour, wanted.minute)
    return given.minutes is not None and given.minutes == wanted.minutes


def _clock(answer: Answer) -> Clock | None:
    if isinstance(answer, Clock):
        return answer
    if isinstance(answer, Ratio) and len(answer.items) == 2:
        hour, minute = (
            item.value if isinstance(item, Quantity) else Fraction(-1) for item in answer.items
        )
        if hour.denominator == minute.denominator == 1 and 0 <= hour <= 24 and 0 <= minute < 60:
            return Clock(int(hour), int(minute), "")
    return None
