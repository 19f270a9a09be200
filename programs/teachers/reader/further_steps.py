"""Strategies that go on from the answer of a problem, or ask for something else."""

from __future__ import annotations

from fractions import Fraction

from zoped.programs.teachers.reader.sheet import Fields, Sheet, slot
from zoped.symbolic.wording.inflection import plural


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
        f"Then {slot(first)} of the {things} are sold, and after that {slot(second)} of the rest. How many {things} are left?",
        f"Of these {things}, {slot(first)} are given away on Monday, and {slot(second)} of what is left on Tuesday. How many {things} remain?",
        f"First {slot(first)} of the {things} get lost, then {slot(second)} of those that are left. How many {things} are there in the end?",
    )
    sheet.tell_of_number(
        f"First, {slot(first)} of # is taken away from #, and then {slot(second)} of what is left. What number is left in the end?"
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
    sheet.tell_of_number(f"How many percent of {slot(given['name'])} is #?")
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
        sheet.unit, f"{sheet.things} of all {plural(period)} together", "total", "the_sum"
    )
    sheet.tell(
        f"{'On' if period == 'day' else 'In'} the next {period} there are {slot(step)} more {sheet.things}, and so on: each {period} {slot(step)} more than the {period} before. How many {sheet.things} are there in {slot(many)} {plural(period)} altogether?",
        f"That is the first {period}. Each {period} after it brings {slot(step)} {sheet.things} more than the one before. What is the total number of {sheet.things} in the first {slot(many)} {plural(period)}?",
    )
    sheet.tell_of_number(
        f"The first term of a sequence is #, and each further term is {slot(step)} more than the one before. What is the sum of the first {slot(many)} terms?"
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
    sheet.tell(
        f"After that the number of {sheet.things} becomes {slot(factor)} times as large each {period}. How many {sheet.things} are there after {slot(many)} {plural(period)}?",
        f"Each {period} there are {slot(factor)} times as many {sheet.things} as the {period} before. How many {sheet.things} are there {slot(many)} {plural(period)} later?",
        others=(
            f"With every {period} that passes, the number of {sheet.things} grows to {slot(factor)} times what it was, {slot(many)} {plural(period)} long. What is it at the end?",
            f"Imagine that the {sheet.things} are multiplied by {slot(factor)} every {period}. What would their number be when {slot(many)} {plural(period)} are over?",
        ),
    )
    sheet.tell_of_number(
        f"A number is # at first and becomes {slot(factor)} times as large each {period}. What is the number after {slot(many)} {plural(period)}?"
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
    word = "fewer" if taken else "more"
    sheet.tell(
        f"After that, the number of {sheet.things} changes {_times(rounds)}. Each time there are {slot(amount)} {word} than twice as many as before. How many {sheet.things} are there in the end?",
        f"{_times(rounds).capitalize()} in a row the number of {sheet.things} is doubled and then becomes {slot(amount)} {'less' if taken else 'more'}. How many {sheet.things} are there then?",
        others=(
            f"The number of {sheet.things} now changes {_times(rounds)} by the same rule: double it, then {'subtract' if taken else 'add'} {slot(amount)}. What number comes out?",
            f"Double the number of {sheet.things} and {'take off' if taken else 'put on'} {slot(amount)}; do all of that {_times(rounds)}. What number do you end with?",
        ),
    )
    sheet.tell_of_number(
        f"A number is # at first and changes {_times(rounds)} in the same way: each time it is doubled, and then {slot(amount)} is {'subtracted' if taken else 'added'}. What is the number in the end?"
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
    sheet.tell(
        f"The second time there are {slot(other)} {sheet.things}. How many {sheet.things} must there be the third time for an average of {slot(mean)}?",
        f"Next time there are {slot(other)} {sheet.things}. On average of three times there shall be {slot(mean)}. How many {sheet.things} does the last time need?",
        others=(
            f"A second count comes to {slot(other)} {sheet.things}. What must a third count come to, if the three counts shall have the mean {slot(mean)}?",
            f"Of three counts this is the first. The second says {slot(other)} {sheet.things}, and the mean of all three is {slot(mean)}. What does the third one say?",
        ),
    )
    sheet.tell_of_number(
        f"The first of three numbers is #, and the second one is {slot(other)}. The average of all three is {slot(mean)}. What is the third number?"
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
    sheet.tell(
        f"A second collection starts with {slot(start)} {things}. Each day the first gains {slot(r1)} {things} and the second gains {slot(r2)}. After how many days are both equal?",
        f"Somebody else has {slot(start)} {things}. Every day {slot(r1)} {things} come to the first and {slot(r2)} to the other. In how many days will both have the same number of {things}?",
    )
    sheet.tell_of_number(
        f"One counter shows # and goes up by {slot(r1)} each day. Another one shows {slot(start)} and goes up by {slot(r2)} each day. After how many days do both show the same?"
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
    sheet.tell_of_number(
        f"By one offer, one pays {slot(first)} cents and # cents for each piece. By another one it is {slot(second)} cents, and {slot(rate)} cents for each piece. For how many pieces do both offers come to the same?"
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
    sheet.tell_of_number(
        f"Each of {slot(first)} workers makes # parts. If {slot(second)} workers share the same work equally, how many parts does each of them make?"
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
        sheet.tell_of_number(
            f"A rectangle is # metres wide and {slot(more)} metres longer than that. What is its area in square metres?"
        )
        sheet.relate(f"{result} == {sheet.target}*({sheet.target} + {more})")
        sheet.tell(
            f"A rectangle is as many metres wide as there are {sheet.things}, and {slot(more)} metres longer than it is wide. What is its area in square metres?",
            others=(
                f"Somebody draws a rectangle: one side has a metre for each of the {sheet.things}, and the other side is longer by {slot(more)} metres. How many square metres does it cover?",
                f"One side of a field measures as many metres as there are {sheet.things}; the side next to it measures {slot(more)} metres more. How many square metres has the field?",
            ),
        )
    else:
        result = sheet.unknown(
            "metre",
            "perimeter of a rectangle whose width in metres is the number asked for",
            "perimeter",
        )
        sheet.tell_of_number(
            f"A rectangle is # metres wide and {slot(more)} metres longer than that. How many metres is it around the rectangle?"
        )
        sheet.relate(f"{result} == 2*({sheet.target} + {sheet.target} + {more})")
        sheet.tell(
            f"A rectangle is as many metres wide as there are {sheet.things}, and {slot(more)} metres longer than it is wide. How many metres is it around the rectangle?",
            others=(
                f"Somebody draws a rectangle: one side has a metre for each of the {sheet.things}, and the other side is longer by {slot(more)} metres. How long is the line around it in metres?",
                f"One side of a field measures as many metres as there are {sheet.things}; the side next to it measures {slot(more)} metres more. How many metres of fence does the whole field need?",
            ),
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
        f"Somebody walks as many metres to the north as there are {sheet.things}, and then {slot(east)} metres to the east. How many metres is the straight way back?"
    )
    sheet.tell_of_number(
        f"Somebody walks # metres to the north, and then {slot(east)} metres to the east. How many metres is the straight way back?"
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
    sheet.tell_of_number(
        f"What is the least whole number that is at least # and divisible by both {slot(first)} and {slot(second)}?"
    )
    sheet.fields["query"] = "minimum"
    return sheet.ask(number)


def _times(n: int) -> str:
    return {2: "twice", 3: "three times"}[n]
