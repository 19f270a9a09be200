"""Strategies carried out on symbols by hand, where no operator does it: what the embedded teacher
learns to do when it is told so.

Each function takes the fields of a problem whose answer is known (as `from_lines` gives them) and
returns new ones, or None where it does not fit. What comes of it is checked by the solver like
anything else, so a function need not see to that.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from zoped.symbolic.wording.inflection import plural

Fields = dict[str, Any]
_MOST = 2000  # of a new value
_LEAST_OF_WHOLE = 2


@dataclass
class Sheet:
    """A problem to be written on. `answer` is the value of its target, which is one of its unknowns."""

    fields: Fields
    answer: Fraction
    rng: Random
    telling: str = ""  # what the text goes on with in the place of its question

    def tell(self, *ways: str) -> None:
        """What to say of a step, in one of these ways."""
        self.telling = self.rng.choice(ways)

    @property
    def target(self) -> str:
        return str(self.fields["target"])

    def variable(self, name: str) -> dict[str, str]:
        found: dict[str, str] = next(v for v in self.fields["variables"] if v["name"] == name)
        return found

    @property
    def wholes(self) -> list[dict[str, str]]:
        """The givens that are whole numbers from two up."""
        return [
            v
            for v in self.fields["variables"]
            if v["value"].isdigit() and int(v["value"]) >= _LEAST_OF_WHOLE
        ]

    def value(self, name: str) -> str:
        return self.variable(name)["value"]

    def new_name(self, *stems: str) -> str:
        taken = {v["name"] for v in self.fields["variables"]}
        stem = self.rng.choice(stems)
        return next(n for n in (stem, *(f"{stem}{i}" for i in range(2, 40))) if n not in taken)

    def given(self, value: int | Fraction, unit: str, meaning: str, *stems: str) -> str:
        domain = "positive_real" if Fraction(value).denominator != 1 else "positive_integer"
        return self._add(str(value), unit, meaning, stems, domain)

    def unknown(
        self, unit: str, meaning: str, *stems: str, domain: str = "positive_integer"
    ) -> str:
        return self._add("", unit, meaning, stems, domain)

    def forget(self, *names: str) -> None:
        for name in names:
            self.variable(name)["value"] = ""

    def relate(self, *relations: str) -> None:
        self.fields["constraints"] += relations

    def ask(self, target: str) -> Fields:
        self.fields["target"] = target
        return self.fields

    def _add(
        self,
        value: str,
        unit: str,
        meaning: str,
        stems: tuple[str, ...],
        domain: str = "positive_integer",
    ) -> str:
        name = self.new_name(*stems)
        variables = self.fields["variables"]
        row = {"name": name, "domain": domain, "value": value, "unit": unit, "meaning": meaning}
        # Givens stand before what is worked out from them.
        first_unknown = next((i for i, v in enumerate(variables) if not v["value"]), len(variables))
        variables.insert(first_unknown if value else len(variables), row)
        return name

    def whole_answer(self, least: int = _LEAST_OF_WHOLE, most: int = _MOST) -> int | None:
        if self.answer.denominator != 1 or not least <= self.answer <= most:
            return None
        return int(self.answer)

    @property
    def unit(self) -> str:
        """What the answer is counted in."""
        return self.variable(self.target)["unit"]

    @property
    def things(self) -> str:
        unit = self.unit
        return plural(unit) if unit.isalpha() else unit or "number"


def sum_and_difference(sheet: Sheet) -> Fields | None:
    pair = _two_alike(sheet)
    if pair is None:
        return None
    large, small = sorted(pair, key=lambda v: -int(v["value"]))
    a, b = int(large["value"]), int(small["value"])
    if a == b:
        return None
    unit = large["unit"]
    both = _both(large, small)
    total = sheet.given(a + b, unit, f"{both} together", "total", "sum", "together")
    gap = sheet.given(
        a - b,
        unit,
        f"how many more {large['meaning']} than {small['meaning']}",
        "gap",
        "more",
        "difference",
    )
    sheet.forget(large["name"], small["name"])
    sheet.relate(
        f"{large['name']} + {small['name']} == {total}",
        f"{large['name']} - {small['name']} == {gap}",
    )
    return sheet.fields


def couple_unknowns(sheet: Sheet) -> Fields | None:
    pair = _two_alike(sheet)
    if pair is None:
        return None
    first, second = pair
    times = sheet.rng.randint(2, 6)
    b = int(second["value"])
    extra = sheet.rng.choice((0, 0, sheet.rng.randint(1, 9)))
    total = sheet.given(
        times * b + extra + b,
        first["unit"],
        f"{_both(first, second)} together",
        "total",
        "together",
        "sum",
    )
    factor = sheet.given(
        times, "", f"times as many {first['meaning']} as {second['meaning']}", "times", "factor"
    )
    sheet.forget(first["name"], second["name"])
    right = f"{factor}*{second['name']}"
    if extra:
        more = sheet.given(extra, first["unit"], "how many more than that", "more", "extra")
        right += f" + {more}"
    sheet.relate(f"{first['name']} + {second['name']} == {total}", f"{first['name']} == {right}")
    return sheet.fields


def three_unknowns(sheet: Sheet) -> Fields | None:
    wholes = sheet.wholes
    if len(wholes) < 3:
        return None
    first, second, third = sheet.rng.sample(wholes, 3)
    b, more, times = int(second["value"]), sheet.rng.randint(2, 20), sheet.rng.randint(2, 5)
    total = sheet.given(
        b + b + more + times * b, first["unit"], "all three together", "total", "sum"
    )
    gap = sheet.given(
        more,
        first["unit"],
        f"how many more {first['meaning']} than {second['meaning']}",
        "gap",
        "more",
    )
    factor = sheet.given(
        times, "", f"times as many {third['meaning']} as {second['meaning']}", "times", "factor"
    )
    sheet.forget(first["name"], second["name"], third["name"])
    a, b_, c = first["name"], second["name"], third["name"]
    sheet.relate(f"{a} + {b_} + {c} == {total}", f"{a} == {b_} + {gap}", f"{c} == {factor}*{b_}")
    return sheet.fields


def number_to_rate(sheet: Sheet) -> Fields | None:
    if not sheet.wholes:
        return None
    given = sheet.rng.choice(sheet.wholes)
    rate, time = sheet.rng.randint(2, 12), sheet.rng.randint(2, 9)
    period = sheet.rng.choice(("hour", "day", "week", "box", "bag", "row", "minute"))
    each = sheet.given(
        rate, given["unit"], f"{_noun(given)} each {period}", "rate", "each", "speed"
    )
    many = sheet.given(time, period, f"{plural(period)} that it takes", plural(period), "time")
    sheet.forget(given["name"])
    sheet.relate(f"{given['name']} == {each}*{many}")
    return sheet.fields


def nest_substitution(sheet: Sheet) -> Fields | None:
    if not sheet.wholes:
        return None
    given = sheet.rng.choice(sheet.wholes)
    one, two, three = sheet.rng.randint(2, 9), sheet.rng.randint(2, 9), sheet.rng.randint(1, 20)
    unit, noun = given["unit"], _noun(given)
    first = sheet.given(one, "group", f"groups of {noun}", "groups", "sets", "packs")
    second = sheet.given(two, unit, f"{noun} in each group", "each", "size")
    loose = sheet.given(three, unit, f"{noun} in no group", "loose", "single")
    grouped = sheet.unknown(unit, f"{noun} in the groups", "grouped", "inside")
    sheet.forget(given["name"])
    sign = "-" if one * two > three and sheet.rng.random() < 0.3 else "+"
    sheet.relate(f"{grouped} == {first}*{second}", f"{given['name']} == {grouped} {sign} {loose}")
    return sheet.fields


def square_root(sheet: Sheet) -> Fields | None:
    small = [v for v in sheet.wholes if int(v["value"]) <= 40]
    if not small:
        return None
    given = sheet.rng.choice(small)
    power = 3 if int(given["value"]) <= 10 and sheet.rng.random() < 0.25 else 2
    called = "square" if power == 2 else "cube"
    told = sheet.given(
        int(given["value"]) ** power, "", f"{called} of the number of {given['meaning']}", called
    )
    sheet.forget(given["name"])
    given["domain"] = "positive_integer"
    sheet.relate(f"{given['name']}**{power} == {told}")
    return sheet.fields


def to_abstract(sheet: Sheet) -> Fields | None:
    order = ("first", "second", "third", "fourth", "fifth", "sixth")
    givens = [v for v in sheet.fields["variables"] if v["value"]]
    if len(givens) > len(order):
        return None
    for variable, place in zip(givens, order, strict=False):
        variable |= {"unit": "", "meaning": f"the {place} number"}
    for variable in sheet.fields["variables"]:
        if not variable["value"]:
            asked = variable["name"] == sheet.target
            variable |= {"unit": "", "meaning": "the result" if asked else "a number on the way"}
    return sheet.fields


def share_of_rest(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(6)
    if whole is None:
        return None
    parts = [
        (p, q)
        for p in range(2, 7)
        for q in range(2, 7)
        if whole % p == 0 and (whole - whole // p) % q == 0
    ]
    if not parts:
        return None
    p, q = sheet.rng.choice(parts)
    things = sheet.things
    first = sheet.given(
        Fraction(1, p), "", f"part of the {things} that goes first", "part", "share"
    )
    second = sheet.given(Fraction(1, q), "", "part of the rest that goes then", "part", "fraction")
    rest = sheet.unknown(sheet.unit, f"{things} left after the first part", "rest", "left")
    left = sheet.unknown(sheet.unit, f"{things} left in the end", "remaining", "end")
    sheet.relate(
        f"{rest} == {sheet.target} - {first}*{sheet.target}", f"{left} == {rest} - {second}*{rest}"
    )
    sheet.tell(
        f"Then {_part(p)} of the {things} are sold, and after that {_part(q)} of the rest. How many {things} are left?",
        f"Of these {things}, {_part(p)} are given away on Monday, and {_part(q)} of what is left on Tuesday. How many {things} remain?",
        f"First 1/{p} of the {things} get lost, then 1/{q} of those that are left. How many {things} are there in the end?",
    )
    return sheet.ask(left)


def two_branches(sheet: Sheet) -> Fields | None:
    if sheet.whole_answer() is None or not sheet.wholes:
        return None
    given = sheet.rng.choice(sheet.wholes)
    factor = sheet.given(
        sheet.rng.randint(2, 9), "", f"times the {given['meaning']}", "times", "factor"
    )
    other = sheet.unknown(
        given["unit"], f"that many times the {given['meaning']}", "other", "second"
    )
    both = sheet.unknown(sheet.unit, "both results together", "both", "result")
    sheet.relate(f"{other} == {factor}*{given['name']}", f"{both} == {sheet.target} + {other}")
    return sheet.ask(both)


def ask_ratio(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(1)
    fitting = [v for v in sheet.wholes if whole and (100 * whole) % int(v["value"]) == 0]
    if not fitting:
        return None
    given = sheet.rng.choice(fitting)
    percent = sheet.unknown(
        "percent",
        f"percentage that the {sheet.things} asked for are of the {given['meaning']}",
        "percent",
        "share",
    )
    sheet.relate(f"{percent} == 100*{sheet.target}/{given['name']}")
    return sheet.ask(percent)


def arithmetic_sequence(sheet: Sheet) -> Fields | None:
    if sheet.whole_answer(1, 400) is None:
        return None
    period = sheet.rng.choice(("day", "week", "row", "month"))
    step = sheet.given(
        sheet.rng.randint(1, 9),
        sheet.unit,
        f"{sheet.things} more each {period} than the {period} before",
        "step",
        "more",
        "rise",
    )
    many = sheet.given(
        sheet.rng.randint(3, 8), period, f"{plural(period)} in all", plural(period), "count"
    )
    total = sheet.unknown(
        sheet.unit, f"{sheet.things} of all {plural(period)} together", "total", "sum"
    )
    v = sheet.value
    sheet.tell(
        f"On the next {period} there are {v(step)} more {sheet.things}, and so on: each {period} {v(step)} more than the {period} before. How many {sheet.things} are there in {v(many)} {plural(period)} altogether?",
        f"That is the first {period}. Each {period} after it brings {v(step)} {sheet.things} more than the one before. What is the total number of {sheet.things} in the first {v(many)} {plural(period)}?",
    )
    sheet.relate(f"{total} == {many}*(2*{sheet.target} + ({many} - 1)*{step})/2")
    return sheet.ask(total)


def repeated_growth(sheet: Sheet) -> Fields | None:
    if sheet.whole_answer(1, 200) is None:
        return None
    period = sheet.rng.choice(("day", "week", "year", "hour"))
    factor = sheet.given(
        sheet.rng.choice((2, 2, 3)),
        "",
        f"times as many {sheet.things} each {period} as before",
        "factor",
        "times",
    )
    many = sheet.given(
        sheet.rng.randint(2, 4), period, f"{plural(period)} that pass", plural(period), "periods"
    )
    final = sheet.unknown(sheet.unit, f"{sheet.things} in the end", "final", "end")
    v = sheet.value
    sheet.tell(
        f"After that the number of {sheet.things} becomes {v(factor)} times as large each {period}. How many {sheet.things} are there after {v(many)} {plural(period)}?",
        f"Each {period} there are {v(factor)} times as many {sheet.things} as the {period} before. How many {sheet.things} are there {v(many)} {plural(period)} later?",
    )
    sheet.relate(f"{final} == {sheet.target}*{factor}**{many}")
    return sheet.ask(final)


def recursion(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(2, 300)
    if whole is None:
        return None
    change = sheet.rng.randint(1, min(20, whole))
    taken = sheet.rng.random() < 0.5
    told = "fewer than twice as many as before" if taken else "more than twice as many as before"
    amount = sheet.given(change, sheet.unit, f"{sheet.things} each time {told}", "change", "step")
    sign = "-" if taken else "+"
    before, rounds = sheet.target, sheet.rng.choice((2, 2, 3))
    for time in ("first", "second", "third")[:rounds]:
        after = sheet.unknown(sheet.unit, f"{sheet.things} after the {time} time", time, "next")
        sheet.relate(f"{after} == 2*{before} {sign} {amount}")
        before = after
    v, word = sheet.value, "fewer" if taken else "more"
    sheet.tell(
        f"After that, the number of {sheet.things} changes {_times(rounds)}. Each time there are {v(amount)} {word} than twice as many as before. How many {sheet.things} are there in the end?",
        f"{_times(rounds).capitalize()} in a row the number of {sheet.things} is doubled and then becomes {v(amount)} {'less' if taken else 'more'}. How many {sheet.things} are there then?",
    )
    return sheet.ask(before)


def average_target(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(1, 500)
    if whole is None:
        return None
    second, average = sheet.rng.randint(2, 60), sheet.rng.randint(2, 60) + whole
    other = sheet.given(second, sheet.unit, f"{sheet.things} the second time", "second", "next")
    mean = sheet.given(
        average, sheet.unit, f"{sheet.things} on average of three times", "average", "mean"
    )
    last = sheet.unknown(sheet.unit, f"{sheet.things} that the third time needs", "last", "third")
    v = sheet.value
    sheet.tell(
        f"The second time there are {v(other)} {sheet.things}. How many {sheet.things} must there be the third time for an average of {v(mean)}?",
        f"Next time there are {v(other)} {sheet.things}. On average of three times there shall be {v(mean)}. How many {sheet.things} does the last time need?",
    )
    sheet.relate(f"{sheet.target} + {other} + {last} == 3*{mean}")
    return sheet.ask(last)


def race(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(1, 500)
    if whole is None:
        return None
    time, slow, faster = sheet.rng.randint(2, 12), sheet.rng.randint(1, 9), sheet.rng.randint(1, 8)
    fast = slow + faster
    behind = sheet.rng.random() < 0.5
    ahead = whole + time * faster if behind else whole - time * faster
    if ahead < 1:
        return None
    ours, theirs = (fast, slow) if behind else (slow, fast)
    things = sheet.things
    start = sheet.given(
        ahead, sheet.unit, f"{things} that a second one starts with", "start", "other"
    )
    r1 = sheet.given(ours, sheet.unit, f"{things} that the first gains each day", "gain", "rate")
    r2 = sheet.given(theirs, sheet.unit, f"{things} that the second gains each day", "gain", "rate")
    days = sheet.unknown("day", "days until both are equal", "days", "time")
    v = sheet.value
    sheet.tell(
        f"A second collection starts with {v(start)} {things}. Each day the first gains {v(r1)} {things} and the second gains {v(r2)}. After how many days are both equal?",
        f"Somebody else has {v(start)} {things}. Every day {v(r1)} {things} come to the first and {v(r2)} to the other. In how many days will both have the same number of {things}?",
    )
    sheet.relate(f"{sheet.target} + {r1}*{days} == {start} + {r2}*{days}")
    return sheet.ask(days)


def two_offers(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(3, 300)
    if whole is None:
        return None
    amount, less = sheet.rng.randint(2, 15), sheet.rng.randint(1, whole - 1)
    fee = sheet.rng.randint(1, 30)
    first = sheet.given(fee, sheet.unit, "fixed part of the first offer", "fee", "fixed")
    second = sheet.given(
        fee + amount * less, sheet.unit, "fixed part of the second offer", "fee", "fixed"
    )
    rate = sheet.given(
        whole - less,
        sheet.unit,
        f"{sheet.things} for each piece by the second offer",
        "rate",
        "price",
    )
    pieces = sheet.unknown(
        "piece", "pieces for which both offers come to the same", "pieces", "amount"
    )
    sheet.relate(f"{first} + {sheet.target}*{pieces} == {second} + {rate}*{pieces}")
    return sheet.ask(pieces)


def inverse_proportion(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(2, 300)
    if whole is None:
        return None
    workers = sheet.rng.randint(2, 12)
    others = [n for n in range(2, 25) if n != workers and whole * workers % n == 0]
    if not others:
        return None
    first = sheet.given(
        workers,
        "worker",
        f"workers who use up the {sheet.things} in the first case",
        "workers",
        "first",
    )
    second = sheet.given(
        sheet.rng.choice(others), "worker", "workers in the second case", "workers", "second"
    )
    new = sheet.unknown(
        sheet.unit, f"{sheet.things} for each in the second case", "result", "share"
    )
    sheet.relate(f"{second}*{new} == {first}*{sheet.target}")
    return sheet.ask(new)


def area_from_length(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(2, 200)
    if whole is None:
        return None
    more = sheet.given(
        sheet.rng.randint(1, 12),
        "metre",
        "metres by which the length is more than the width",
        "more",
        "longer",
    )
    if sheet.rng.random() < 0.5:
        result = sheet.unknown(
            "square metre",
            "area of a rectangle whose width in metres is the number asked for",
            "area",
        )
        sheet.relate(f"{result} == {sheet.target}*({sheet.target} + {more})")
        sheet.tell(
            f"A rectangle is as many metres wide as there are {sheet.things}, and {sheet.value(more)} metres longer than it is wide. What is its area in square metres?"
        )
    else:
        result = sheet.unknown(
            "metre",
            "perimeter of a rectangle whose width in metres is the number asked for",
            "perimeter",
        )
        sheet.relate(f"{result} == 2*({sheet.target} + {sheet.target} + {more})")
        sheet.tell(
            f"A rectangle is as many metres wide as there are {sheet.things}, and {sheet.value(more)} metres longer than it is wide. How many metres is it around the rectangle?"
        )
    return sheet.ask(result)


def pythagoras(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(3, 600)
    legs = {3: 4, 4: 3, 5: 12, 8: 15, 12: 5, 7: 24, 15: 8}
    fitting = [(leg, other) for leg, other in legs.items() if whole and whole % leg == 0]
    if whole is None or not fitting:
        return None
    leg, other = sheet.rng.choice(fitting)
    east = sheet.given(whole // leg * other, "metre", "metres to the east", "east", "across")
    way = sheet.unknown(
        "metre",
        "straight distance in metres, after as many metres to the north as the number asked for",
        "way",
        "distance",
    )
    sheet.tell(
        f"Somebody walks as many metres to the north as there are {sheet.things}, and then {sheet.value(east)} metres to the east. How many metres is the straight way back?"
    )
    sheet.relate(f"{way}**2 == {sheet.target}**2 + {east}**2")
    return sheet.ask(way)


def remainder_conditions(sheet: Sheet) -> Fields | None:
    whole = sheet.whole_answer(2, 300)
    if whole is None:
        return None
    p, q = sheet.rng.sample((2, 3, 4, 5, 7, 9, 11), 2)
    first = sheet.given(p, "", "first divisor", "divisor", "first")
    second = sheet.given(q, "", "second divisor", "divisor", "second")
    number = sheet.unknown(
        sheet.unit,
        f"{sheet.things} that can be packed evenly in either way, and are at least as many as asked for",
        "number",
        "n",
    )
    sheet.relate(
        f"{number} % {first} == 0", f"{number} % {second} == 0", f"{number} >= {sheet.target}"
    )
    sheet.fields["query"] = "minimum"
    return sheet.ask(number)


CARRIED_OUT_BY_HAND: dict[str, Callable[[Sheet], Fields | None]] = {
    f.__name__: f
    for f in (
        sum_and_difference, couple_unknowns, three_unknowns, number_to_rate, nest_substitution,
        square_root, to_abstract, share_of_rest, two_branches, ask_ratio, arithmetic_sequence,
        repeated_growth, recursion, average_target, race, two_offers, inverse_proportion,
        area_from_length, pythagoras, remainder_conditions,
    )
}  # fmt: skip


def carried_out(
    name: str, fields: Fields, answer: Fraction, rng: Random
) -> tuple[Fields, str] | None:
    """The fields after the strategy, and what a text goes on with in the place of its question, "" where
    that takes more; None where the strategy does not fit."""
    sheet = Sheet(copy.deepcopy(fields), answer, rng)
    result = CARRIED_OUT_BY_HAND[name](sheet)
    return None if result is None else (result, sheet.telling)


def _part(n: int) -> str:
    return {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth"}[n]


def _times(n: int) -> str:
    return {2: "twice", 3: "three times"}[n]


def _two_alike(sheet: Sheet) -> tuple[dict[str, str], dict[str, str]] | None:
    """Two whole givens of the same unit, where there are any."""
    wholes = sheet.wholes
    pairs = [
        (a, b) for i, a in enumerate(wholes) for b in wholes[i + 1 :] if a["unit"] == b["unit"]
    ]
    return sheet.rng.choice(pairs) if pairs else None


def _both(first: dict[str, str], second: dict[str, str]) -> str:
    return f"{first['meaning'] or first['name']} and {second['meaning'] or second['name']}"


def _noun(given: dict[str, str]) -> str:
    unit = given["unit"]
    return plural(unit) if unit.isalpha() else unit or "number"
