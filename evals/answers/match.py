"""Is the answer right? A strict, typed check that no input can hang or break.

An answer is a number, a closed form, a tuple, interval or set of them, several values, an equation,
a matrix or a word; the gold answer says which. It is never a calculation: where 7 is asked, `3+4` is
wrong, or a student would be paid for restating the question. Numbers are exact: 0.5 is 1/2, 0.33 is
not 1/3. Irrational answers (`sqrt(2)`, `2*pi`) match in any form with the same value in which no
calculation on plain numbers is left to do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from zoped.evals.answers.closed_form import read_closed_form
from zoped.evals.answers.expression import (
    Apply,
    Expression,
    Number,
    Symbol,
    count_nodes,
    exact,
    open_calculations,
    walk,
)
from zoped.evals.answers.final_answer import extract_answer
from zoped.evals.answers.kinds import (
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
from zoped.evals.answers.numbers import Quantity, read_number
from zoped.evals.answers.plain_text import plain_text
from zoped.evals.answers.reading import MAX_ANSWER, read_answer, read_plain
from zoped.evals.answers.units import Unit
from zoped.evals.answers.values import equal_values, proportional
from zoped.evals.answers.words import is_product, is_verdict, read_choice

__all__ = ["answers_match", "extract_answer", "is_readable", "is_right", "parse_answer"]

MAX_COMPARISONS = 100  # of forms, in matching the items of two lists
_SAME_SIZE = (Fraction(1), Fraction(1))
_VERDICTS = ("yes", "no", "true", "false")


def is_right(completion: str, gold: str) -> bool:
    """Whether the completion's final answer is the gold one.

    A gold "12; 22" names the values of several unknowns, as some data sets do: one of them, or all,
    is right.
    """
    answer = extract_answer(completion)
    if answer is None:
        return False
    return answers_match(answer, gold) or (
        ";" in gold and any(answers_match(answer, one) for one in gold.split(";"))
    )


def answers_match(answer: str | None, gold: str) -> bool:
    """Whether the answer equals the gold one. Never raises, whatever they are.

    A gold of several values, "12; 22", is met by a list of them all in any order. A percent sign is
    a hundredth, or, before numbers from 1 on, a unit: 25% is right where 1/4 is asked and where 25
    is ("what percent"), 0.25% in neither case.
    """
    if not answer or not gold or len(answer) > MAX_ANSWER or len(gold) > MAX_ANSWER:
        return False
    if answer == gold:
        return bool(plain_text(gold))
    given, right = read_answer(answer), read_answer(gold)
    if type(given) is Quantity is type(right) and given.unit is right.unit is None:
        return _same_quantity(given, right)
    if right is not None and given is not None and _same(given, right):
        return True
    if right is None:
        return _squeezed(answer) == _squeezed(gold) != ""
    plain, wanted = plain_text(answer), plain_text(gold)
    return plain == wanted != "" or _reads_as(plain, right, wanted)


def is_readable(gold: str) -> bool:
    """Whether the gold answer is of a type that is checked by value and not letter by letter."""
    return len(gold) <= MAX_ANSWER and read_answer(gold) is not None


def parse_answer(text: str) -> Fraction | None:
    """The exact number that `text` writes (see `read_number`); None for anything else,
    calculations included. A percentage is its number: 25% is 25."""
    if len(text) > MAX_ANSWER:
        return None
    answer = read_answer(text)
    if isinstance(answer, Named):
        answer = answer.value
    return answer.value if isinstance(answer, Quantity) else None


def _reads_as(answer: str, gold: Answer, gold_text: str) -> bool:
    """The readings that only the kind of the gold answer suggests."""
    if isinstance(gold, Quantity):
        number = read_number(answer, loose=True, letters=gold.unit is not None)
        if number is not None and _same_quantity(number, gold):
            return True
    if isinstance(gold, Form):
        form = read_closed_form(answer)
        if form is not None and _same_form(Form(form), gold, gold_text):
            return True
    if isinstance(gold, Word):
        if gold.text in _VERDICTS and is_verdict(answer, gold.text):
            return True
        if is_product(gold_text) and is_product(answer.replace(" ", "").replace("*", "")):
            return sorted(gold_text) == sorted(answer.replace(" ", "").replace("*", ""))
    choice = read_choice(answer)
    if choice is None:
        return False
    letter, value = choice
    if isinstance(gold, Word) and len(gold.text) == 1:
        return letter == gold.text
    given = read_plain(value, 1) if value else None
    return given is not None and _same(given, gold)


def _same(answer: Answer, gold: Answer) -> bool:
    if isinstance(gold, Named):
        return _same_named(answer, gold)
    if isinstance(answer, Named):
        if isinstance(gold, Equation):
            return answer.difference is not None and proportional(
                answer.difference, gold.difference
            )
        return _same(answer.value, gold)
    if isinstance(gold, Quantity):
        # Not an expression of this value: a calculation is no answer.
        if isinstance(answer, Clock):
            return gold.unit is None and not answer.minute and gold.value == answer.hour
        if isinstance(answer, Based):
            return gold.unit is None and answer.digits == str(gold.value)
        return isinstance(answer, Quantity) and _same_quantity(answer, gold)
    if isinstance(gold, Several):
        return _same_several(answer, gold)
    if isinstance(gold, Ordered):
        return _same_ordered(answer, gold)
    if isinstance(gold, Form):
        return isinstance(answer, Quantity | Form) and _same_form(answer, gold, "")
    if isinstance(gold, Equation):
        return isinstance(answer, Equation) and proportional(answer.difference, gold.difference)
    if isinstance(gold, Inequality):
        return _same_inequality(answer, gold)
    if isinstance(gold, Matrix):
        return (
            isinstance(answer, Matrix)
            and [len(row) for row in answer.rows] == [len(row) for row in gold.rows]
            and all(
                _same(a, g)
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
        if _same(answer.value, gold.value):
            return True
        return (
            answer.difference is not None
            and gold.difference is not None
            and bool(gold.difference.symbols - {gold.name})
            and proportional(answer.difference, gold.difference)
        )
    if isinstance(answer, Equation):
        return gold.difference is not None and proportional(answer.difference, gold.difference)
    return _same(answer, gold.value)


def _is_variable(name: str) -> bool:
    return re.fullmatch(r"\\?\w(?:_?\w{1,3})?", name) is not None and (
        len(name) == 1 or "_" in name or name[1:].isdigit()
    )


def _same_several(answer: Answer, gold: Several) -> bool:
    if isinstance(answer, Ordered) and answer.brackets == "[]" and gold.kind == "values":
        answer = Several("values", answer.items)
    if isinstance(answer, Ordered) and answer.brackets == "()" and _names(gold.items):
        return len(answer.items) == len(gold.items) and all(map(_same, answer.items, gold.items))
    if not isinstance(answer, Several) or not _of_kind(answer, gold):
        return False
    return _same_items(answer.items, gold.items)


def _of_kind(answer: Several, gold: Several) -> bool:
    """Several solutions may be given as a set; a set must be written as one."""
    if answer.kind == gold.kind or (gold.kind, answer.kind) == ("values", "set"):
        return True
    return "union" in (answer.kind, gold.kind) and any(
        all(isinstance(item, Inequality) for item in several.items) for several in (answer, gold)
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
                _same(values[name], item) for name, item in zip(names, wanted, strict=True)
            )
        return not any(isinstance(item, Named) for item in given) and all(map(_same, given, wanted))
    left = list(given)
    comparisons = 0
    for gold in wanted:
        for place, item in enumerate(left):
            if not isinstance(item, Quantity | Word):
                comparisons += 1
                if comparisons > MAX_COMPARISONS:
                    return False
            if _same(item, gold) and not _counts_others(item, gold):
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
        and all(map(_same, answer.items, gold.items))
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


def _same_ratio(answer: Answer, gold: Ratio | Clock) -> bool:
    if isinstance(answer, Ratio) and isinstance(gold, Ratio):
        return len(answer.items) == len(gold.items) and all(map(_same, answer.items, gold.items))
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


def _same_quantity(answer: Quantity, gold: Quantity) -> bool:
    sizes = _comparable(answer.unit, gold.unit)
    if sizes is None:
        return False
    given, wanted = answer.value, gold.value
    if sizes is not _SAME_SIZE:
        given, wanted = given * sizes[0], wanted * sizes[1]
    if answer.percent == gold.percent:
        return given == wanted
    percent, plain = (given, wanted) if answer.percent else (wanted, given)
    return percent == 100 * plain or (abs(plain) >= 1 and percent == plain)


def _comparable(given: Unit | None, wanted: Unit | None) -> tuple[Fraction, Fraction] | None:
    """What the two values are multiplied by to be compared; None for different things.

    A unit may be left out, and where none is asked for any may stand; a known one is asked for by
    name or by size.
    """
    if given is None or wanted is None:
        return _SAME_SIZE
    if given == wanted or given == Unit() or wanted == Unit():
        return _SAME_SIZE
    if given.dimension != wanted.dimension:
        return None
    return given.size, wanted.size


def _same_form(answer: Quantity | Form, gold: Form, gold_text: str) -> bool:
    """Equal values, and the answer no more of a calculation, and not much longer, than the gold."""
    sizes = _comparable(answer.unit, gold.unit)
    if sizes is None:
        return False
    if isinstance(answer, Quantity):
        value = exact(gold.expression)
        if (
            value is None
            and not gold.expression.symbols
            and gold.expression.operators <= {"root", "neg"}
        ):
            return False
        return (
            not answer.percent and value is not None and answer.value * sizes[0] == value * sizes[1]
        )
    given, wanted = answer.expression, gold.expression
    if given == wanted and sizes[0] == sizes[1]:
        return True
    given, wanted = _logarithms(given, wanted)
    given = _same_constant(given, wanted)
    if sizes[0] != sizes[1]:
        given = Apply("*", (given, Number(sizes[0] / sizes[1])))
    return (
        given.symbols <= wanted.symbols
        and count_nodes(given) <= 3 * count_nodes(wanted) + 4
        and open_calculations(answer.expression) <= open_calculations(wanted)
        and equal_values(given, wanted)
    )


def _logarithms(given: Expression, wanted: Expression) -> tuple[Expression, Expression]:
    """`\\log` is the decimal logarithm. Zoped's own answers write the natural one `log(2)`; then
    whatever is called log is the natural one."""
    natural = any(
        isinstance(n, Apply) and n.operator == "log" and len(n.arguments) == 1 for n in walk(wanted)
    )
    return _renamed(given, natural), _renamed(wanted, natural)


def _renamed(expression: Expression, natural: bool) -> Expression:
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(_renamed(argument, natural) for argument in expression.arguments)
    operator = expression.operator
    if operator in ("log", "log10") and len(arguments) == 1:
        operator = "ln" if natural else "log10"
    return Apply(operator, arguments)


def _same_constant(given: Expression, wanted: Expression) -> Expression:
    """x^2 + c for x^2 + C: an added constant of integration, whatever its case."""
    if "C" in _terms(wanted) and "c" in _terms(given) and "c" not in wanted.symbols:
        return _with_symbol(given, "c", "C")
    return given


def _terms(expression: Expression) -> set[str]:
    """The variables that are terms of the sum."""
    if isinstance(expression, Apply) and expression.operator == "+":
        return set().union(*map(_terms, expression.arguments))
    return {expression.name} if isinstance(expression, Symbol) else set()


def _with_symbol(expression: Expression, old: str, new: str) -> Expression:
    if isinstance(expression, Apply):
        return Apply(
            expression.operator, tuple(_with_symbol(a, old, new) for a in expression.arguments)
        )
    return Symbol(new) if expression == Symbol(old) else expression


def _squeezed(text: str) -> str:
    return re.sub(r"\{(\w)\}", r"\1", re.sub(r"\s+", "", plain_text(text)))
