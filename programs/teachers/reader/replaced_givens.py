"""Strategies that hide numbers that were given: behind a sum and a difference, a rate, a square."""

from __future__ import annotations

from zoped.programs.teachers.reader.sheet import Fields, Sheet, both, clear, noun, slot, two_alike
from zoped.symbolic.wording.inflection import plural


def sum_and_difference(sheet: Sheet) -> Fields | None:
    pair = two_alike(sheet)
    if pair is None:
        return None
    large, small = sorted(pair, key=lambda v: -int(v["value"]))
    a, b = int(large["value"]), int(small["value"])
    if a == b:
        return None
    unit = large["unit"]
    total = sheet.given(
        a + b, unit, f"{both(large, small)} together", "total", "the_sum", "together"
    )
    gap = sheet.given(
        a - b,
        unit,
        f"how many more {large['meaning']} than {small['meaning']}",
        "gap",
        "more",
        "difference",
    )
    sheet.forget(large["name"], small["name"])
    if clear(sheet, large, small):
        one, other = large["meaning"], small["meaning"]
        sheet.tell(
            f"The {one} and the {other} are {slot(total)} together, and there are {slot(gap)} more {one} than {other}.",
            f"Together, the {one} and the {other} are {slot(total)}. There are {slot(gap)} fewer {other} than {one}.",
        )
    sheet.relate(
        f"{large['name']} + {small['name']} == {total}",
        f"{large['name']} - {small['name']} == {gap}",
    )
    return sheet.fields


def couple_unknowns(sheet: Sheet) -> Fields | None:
    pair = two_alike(sheet)
    if pair is None:
        return None
    first, second = pair
    times = sheet.rng.randint(2, 6)
    b = int(second["value"])
    extra = sheet.rng.choice((0, 0, sheet.rng.randint(1, 9)))
    total = sheet.given(
        times * b + extra + b,
        first["unit"],
        f"{both(first, second)} together",
        "total",
        "together",
        "the_sum",
    )
    factor = sheet.given(
        times, "", f"times as many {first['meaning']} as {second['meaning']}", "times", "factor"
    )
    sheet.forget(first["name"], second["name"])
    right = f"{factor}*{second['name']}"
    if clear(sheet, first, second) and not extra:
        one, other = first["meaning"], second["meaning"]
        sheet.tell(
            f"The {one} and the {other} are {slot(total)} together. There are {slot(factor)} times as many {one} as {other}."
        )
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
        b + b + more + times * b, first["unit"], "all three together", "total", "the_sum"
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
    if clear(sheet, first, second, third):
        one, two, three = (v["meaning"] for v in (first, second, third))
        sheet.tell(
            f"The {one}, the {two} and the {three} are {slot(total)} together. There are {slot(gap)} more {one} than {two}, and {slot(factor)} times as many {three} as {two}."
        )
    a, b_, c = first["name"], second["name"], third["name"]
    sheet.relate(f"{a} + {b_} + {c} == {total}", f"{a} == {b_} + {gap}", f"{c} == {factor}*{b_}")
    return sheet.fields


def number_to_rate(sheet: Sheet) -> Fields | None:
    if not sheet.wholes:
        return None
    given = sheet.rng.choice(sheet.wholes)
    rate, time = sheet.rng.randint(2, 12), sheet.rng.randint(2, 9)
    period = sheet.rng.choice(("hour", "day", "week", "box", "bag", "row", "minute"))
    each = sheet.given(rate, given["unit"], f"{noun(given)} each {period}", "rate", "each", "speed")
    many = sheet.given(time, period, f"{plural(period)} that it takes", plural(period), "time")
    sheet.forget(given["name"])
    if clear(sheet, given):
        sheet.tell(
            f"The {given['meaning']} come at {slot(each)} each {period}, for {slot(many)} {plural(period)}."
        )
    sheet.relate(f"{given['name']} == {each}*{many}")
    return sheet.fields


def nest_substitution(sheet: Sheet) -> Fields | None:
    if not sheet.wholes:
        return None
    given = sheet.rng.choice(sheet.wholes)
    one, two, three = sheet.rng.randint(2, 9), sheet.rng.randint(2, 9), sheet.rng.randint(1, 20)
    unit, things = given["unit"], noun(given)
    first = sheet.given(one, "group", f"groups of {things}", "groups", "sets", "packs")
    second = sheet.given(two, unit, f"{things} in each group", "each", "size")
    loose = sheet.given(three, unit, f"{things} in no group", "loose", "single")
    grouped = sheet.unknown(unit, f"{things} in the groups", "grouped", "inside")
    sheet.forget(given["name"])
    if clear(sheet, given):
        sheet.tell(
            f"The {given['meaning']} are {slot(first)} groups of {slot(second)}, and {slot(loose)} more."
        )
    sign = "-" if one * two > three and sheet.rng.random() < 0.3 else "+"
    if sign == "-":
        sheet.telling = ""
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
    if clear(sheet, given):
        sheet.tell(f"The {called} of the number of {given['meaning']} is {slot(told)}.")
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
