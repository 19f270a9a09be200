"""Whether a problem makes sense: what no good exercise would say, as far as a rule can see it.

Numbers that belong to a word (the 6 of a hexagon, the 7 of a week, 9.8) are recognized here too:
no operator draws them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd

from zoped.foundation.words import word_set
from zoped.symbolic.language.evaluate import Exact, evaluate, narrowed
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol, walk
from zoped.symbolic.problem import Domain, SymbolicProblem, Variable
from zoped.symbolic.remembered import remembered
from zoped.symbolic.wording.inflection import is_measure

OLDEST = 120  # years
LARGEST_PART = 20  # of a ratio
FASTEST = {"cyclist": 50, "boat": 80, "truck": 130, "bus": 130, "car": 250, "train": 400}  # km/h
# Nobody has half of one.
ANIMALS = word_set(
    "cow hen rabbit bird sheep pig horse duck goat cat dog fish chicken animal bee ant frog lamb puppy kitten "
    "goldfish stork snake turtle spider ladybug butterfly mouse monkey elephant lion flamingo penguin squirrel chick"
)
LIVING = ANIMALS | word_set(
    "person people child boy girl man woman friend student pupil teacher adult player worker "
    "farmer guest visitor passenger member customer driver runner sister brother swimmer singer kid teenager baby "
    "parent camper employee scientist clown neighbour neighbor cousin classmate tenant resident waiter "
    "dancer tourist patient nurse doctor soldier voter candidate scout painter"
)
_NONNEGATIVE = frozenset(
    {Domain.POSITIVE_INTEGER, Domain.NONNEGATIVE_INTEGER, Domain.POSITIVE_REAL}
)
_CAN_BE_ZERO = re.compile(r"left over|remainder|without|difference|temperature|height above")
_AGE = re.compile(r"\bage\b|\byears old\b|\bmonths old\b|\b[Hh]ow old\b")
_ANGLE = re.compile(r"\bangle\b")
_MOVER = re.compile(rf"\b(?:{'|'.join(FASTEST)})\b")
_IN_KM_PER_HOUR = {"km/h": Fraction(1), "m/s": Fraction(18, 5)}
_CHANCE = re.compile(r"\b(?:probability|chance)\b")
_PART = re.compile(r"\b[Ww]hat (?:fraction|part|portion) of\b")
_SHARE = re.compile(r"percent of the|percentage of (?:the )?\w+")
_RATIO = re.compile(r"\bratio\b|\bfor every\b")
_MAY_EXCEED = re.compile(r"\b(?:rise|rises|grow|grows|increase|increases|more|gain|profit|raise)\b")

_AVERAGE = re.compile(r"\b(?:average|mean|on average)\b")
_TOTAL = re.compile(r"\b(?:total|sum|all|altogether|together|difference)\b")
FARTHEST = 4  # times the average

_SIDES = ("length", "width ")

# Values that belong to a word of the variable's meaning, unit, clause or statement.
_POLYGONS = {
    "triangle": 3,
    "square": 4,
    "rectangle": 4,
    "quadrilateral": 4,
    "pentagon": 5,
    "hexagon": 6,
    "heptagon": 7,
    "octagon": 8,
    "nonagon": 9,
    "decagon": 10,
    "dodecagon": 12,
}
# How many of one go into another, and where a text has so many of one in each of the other.
_FITS = {
    ("second", "minute"): 60,
    ("minute", "hour"): 60,
    ("minute", "day"): 1440,
    ("hour", "day"): 24,
    ("hour", "week"): 168,
    ("day", "week"): 7,
    ("day", "month"): 31,
    ("day", "year"): 366,
    ("week", "month"): 5,
    ("week", "year"): 52,
    ("month", "year"): 12,
}
_PER = re.compile(
    r"\{(\w+)\}[ -](second|minute|hour|day|week|month)s?(?: \w+){0,3}? (?:an?|per|each|every) "
    r"(minute|hour|day|week|month|year)\b"
)
_OF_A_DAY = re.compile(
    r"\{(\w+)\}[ -](hour)s?(?: [a-z]+){0,3}? on [A-Z][a-z]+day\b"
    r"|(?:\b[Ee]very|\b[Ee]ach) day\b[^.;?]*?\{(\w+)\} (hour)s?\b"
)
_SENTENCES = re.compile(r"(?<=[.?!]) ")
_EACH = r"\b.*\b(?:a|an|one|per|each|every)"
_OF_WORDS: tuple[tuple[str, str], ...] = (
    *((rf"\b(?:sides|angles|corners|vertices)\b.*\b{name}s?\b", str(sides))
      for name, sides in _POLYGONS.items()),
    (r"\b(?:faces|edges|corners|vertices)\b.*\bcube\b", "6 8 12"),
    (r"\bfaces\b.*\b(?:die|dice)\b|\b(?:die|dice)\b.*\bfaces\b", "6"),
    (r"\b(?:sides|faces)\b.*\bcoin", "2"),
    (rf"\bdays{_EACH} week\b", "7"),
    (rf"\bdays{_EACH} (?:leap )?year\b", "365 366"),
    (rf"\bweeks{_EACH} year\b", "52"),
    (rf"\bmonths{_EACH} year\b", "12"),
    (rf"\bhours{_EACH} day\b", "24"),
    (rf"\bminutes{_EACH} hour\b", "60"),
    (rf"\bseconds{_EACH} minute\b", "60"),
    (rf"\bcents{_EACH} dollar\b", "100"),
    (r"\bdozen\b", "12"),
    (r"\bmet(?:re|er)s\b.*\b(?:km|kilomet\w+)\b|\bgrams\b.*\b(?:kg|kilogram)", "1000"),
    (rf"\b(?:cm|centimet(?:re|er)s){_EACH} met(?:re|er)\b", "100"),
    (r"\binches\b.*\b(?:foot|feet)\b", "12"),
    (r"\btons?\b.*\bpounds\b|\bpounds\b.*\btons?\b", "2000 2240"),
    (rf"\bounces{_EACH} pound\b|(?i:\b(?:a|one|1|each|per) pound\b).*\bounces\b", "16"),
    (rf"\bfeet{_EACH} (?:yard|mile)\b|(?i:\b(?:a|one|1|each|per) (?:yard|mile)\b).*\bfeet\b", "3 5280"),
    (r"\bquarts\b.*\bgallon\b|\bgallon\b.*\bquarts\b|\bcups\b.*\bquart\b|\bquart\b.*\bcups\b", "4"),
    (r"(?i:\b(?:an?|one|1|each) (?:hour|minute)) (?:has|is|contains|equals)\b", "60"),
    (r"\b(?:angles?|degrees)\b.*\b(?:sum|total|all|circle|turn|triangle|straight)\b", "180 360 540"),
    (r"\b(?:sum|total) of (?:the )?angles\b", "180 360 540 720"),
    (r"\b(?:right|straight) angle\b", "90 180"),
    (r"\bgravit|\bfree fall\b|\bfalls? (?:freely|in the first second)",
     "9.8 9.81 10 5 4.9 4.905 9.80665 32 16"),
    (r"\bspeed of light\b", "300000 300000000 299792458"),
    (r"\bspeed of sound\b", "330 340 343"),
    (r"\b(?:boiling|freezing) point\b", "0 32 100 212"),
    (r"\bdensity of water\b", "1 1000"),
    (r"\bpi\b", "3.14 22/7 3.1416 3"),
    (r"\blegs\b.*\b(?:hen|duck|bird|chicken|person|man)\b", "2"),
    (r"\b(?:hen|duck|bird|chicken)\b.*\blegs\b", "2"),
    (r"\blegs\b.*\b(?:rabbit|cow|pig|dog|cat|sheep|horse|goat|chair|table)\b", "4"),
    (r"\b(?:rabbit|cow|pig|dog|cat|sheep|horse|goat)\b.*\blegs\b", "4"),
    (r"\blegs\b.*\b(?:ant|bee|fly|beetle|insect)s?\b|\b(?:ant|bee|fly|beetle|insect)s?\b.*\blegs\b", "6"),
    (r"\blegs\b.*\bspiders?\b|\bspiders?\b.*\blegs\b", "8"),
    (r"\bwheels\b.*\b(?:car|bike|bicycle|tricycle)s?\b", "2 3 4"),
    (r"\b(?:car|bike|bicycle|tricycle)s?\b.*\bwheels\b", "2 3 4"),
    (r"\bcards\b.*\b(?:deck|pack)\b|\b(?:deck|pack)\b.*\bcards\b", "52"),
    (r"\bletters\b.*\balphabet\b|\balphabet\b.*\bletters\b", "26"),
    (r"\bconsecutive\b|\blarger integer\b.*\bmore than the smaller one\b", "1 2"),
)  # fmt: skip
_COMPILED = tuple(
    (re.compile(pattern), frozenset(map(narrowed, map(Fraction, values.split()))))
    for pattern, values in _OF_WORDS
)


# The same for a text that need not name what there are so many of.
_BY_WORD: tuple[tuple[str, frozenset[int]], ...] = (
    *((rf"\b{name}", frozenset({sides})) for name, sides in _POLYGONS.items()),
    (r"\btriang|\bcubic|\bcubed?\b|\bvolume|tetrahedr", frozenset({3, 4, 6, 8, 12})),
    (r"\bsquare", frozenset({4})),
    (r"\bdic?e\b", frozenset({6})),
    (r"\bweek|\bdaily\b", frozenset({7, 5, 52})),
    (r"\byear|\bannual|\bmonth|\bdozen|\binch|\bfeet\b|\bfoot\b", frozenset({12, 4})),
    (r"\bdigit", frozenset({9})),
    (r"\byards?\b", frozenset({3})),
    (r"\bcards\b|\bdeck\b", frozenset({52, 26, 13, 4})),
    (r"\blegs\b|\bwheels\b", frozenset({2, 3, 4})),
    (r"\bquarters?\b", frozenset({25, 4, 15})),
    (r"\bdimes?\b", frozenset({10})),
    (r"\bnickels?\b", frozenset({5})),
    (r"\bletters\b|\balphabet", frozenset({26})),
    (r"\bconsecutive even|\bconsecutive odd", frozenset({4, 6, 8})),
)


@lru_cache(maxsize=2048)
def belonging_numbers(text: str) -> frozenset[int]:
    """The numbers that belong to words of the text: 7 where it speaks of weeks, 6 for a hexagon."""
    return frozenset(
        number
        for pattern, numbers in _BY_WORD
        if re.search(pattern, text, re.IGNORECASE)
        for number in numbers
    )


def is_constant(problem: SymbolicProblem, variable: Variable) -> bool:
    """Whether the given's value belongs to a word, so that another value would be untrue."""
    return variable.name in constants(problem)


@remembered
def constants(problem: SymbolicProblem) -> frozenset[str]:
    """The names of the givens whose values belong to a word."""
    said = [*(c.statement or "" for c in problem.constraints), *problem.questions]
    sentences = [one for text in said if "{" in text for one in _SENTENCES.split(text)]
    found = set()
    for v in problem.variables:
        if v.value is not None:
            told = " . ".join(one for one in sentences if f"{{{v.name}}}" in one)
            if _belongs(narrowed(v.value), f"{v.meaning} . {v.clause or ''}", told):
                found.add(v.name)
    return frozenset(found)


@lru_cache(maxsize=8192)
def _belongs(value: Exact, own: str, told: str) -> bool:
    # A sentence may speak of more than one number: it counts where it does not.
    text = f"{own} . {told}" if told.count("{") == 1 else own
    return any(value in values and pattern.search(text) for pattern, values in _COMPILED)


def implausible(problem: SymbolicProblem, known: Mapping[str, Exact]) -> str:
    """What makes no sense, as a sentence; "" where no rule objects. `known`: the variables' values."""
    if isinstance(problem.target, Symbol) and problem.query == "value":
        asked = problem.variable(problem.target.name)
        if asked.value is not None:
            return f"{asked.name} is asked for, and given"
    for variable in problem.variables:
        value = known.get(variable.name)
        if value is not None:
            fault = _value_fault(variable, value, problem)
            if fault:
                return fault
    return (
        _wide(problem, known)
        or _far_from_average(problem, known)
        or _factor_fault(problem)
        or _ratio_fault(problem)
        or _undone(problem)
        or _more_than_there_is(problem, known)
        or _more_than_fits(problem, known)
    )


def _value_fault(variable: Variable, value: Exact, problem: SymbolicProblem) -> str:
    traits = _traits(variable.meaning, variable.clause, variable.unit)
    if value == 0 and variable.domain not in (Domain.INTEGER, Domain.RATIONAL, Domain.REAL):
        is_asked = isinstance(problem.target, Symbol) and variable.name == problem.target.name
        counts = variable.unit or is_asked
        if counts and "can be zero" not in traits:
            return f"{variable.name} is 0"
    if not traits:
        return ""
    if "angle" in traits and not 0 < value < 360:
        return f"{variable.name} = {value} degrees is no angle"
    if "age" in traits:
        if not 0 < value <= OLDEST * (12 if variable.unit == "month" else 1):
            return f"{variable.name} = {value} is no age"
    if "chance" in traits and not 0 < value < 1:
        return f"{variable.name} = {value} is no probability of interest"
    mover = next(iter(FASTEST.keys() & traits), "")
    if mover and value * _IN_KM_PER_HOUR[variable.unit] > FASTEST[mover]:
        return f"{variable.name} = {value} {variable.unit} is too fast for a {mover}"
    if "part" in traits and not 0 < value <= 1:
        return f"{variable.name} = {value} is no part of a whole"
    if "share" in traits and not 0 < value <= 100:
        return f"{variable.name} = {value} percent is no share"
    if "whole" in traits and value.denominator != 1:
        return f"{variable.name} = {value} is not a whole number of {variable.unit}"
    return ""


@lru_cache(maxsize=8192)
def _traits(meaning: str, clause: str | None, unit: str) -> frozenset[str]:
    """What the words say of the values that a quantity can have."""
    words = f"{meaning} {clause or ''}"
    found: dict[str, object] = {
        "can be zero": _CAN_BE_ZERO.search(words),
        "angle": unit == "degree" and _ANGLE.search(words) and not _TOTAL.search(words),
        "age": unit in ("year", "month") and _AGE.search(words),
        "chance": not unit and _CHANCE.search(words),
        "part": not unit and _PART.search(words),
        "share": unit == "percent" and _SHARE.search(words) and not _MAY_EXCEED.search(words),
        "whole": is_living(unit) and "verage" not in words,
    }
    if unit in _IN_KM_PER_HOUR and (mover := _MOVER.search(words)):
        found[mover[0]] = True
    return frozenset(trait for trait, holds in found.items() if holds)


def can_be_zero(variable: Variable) -> bool:
    """Whether the words allow that there is nothing: a remainder, a difference."""
    return "can be zero" in _traits(variable.meaning, variable.clause, variable.unit)


def is_living(unit: str) -> bool:
    """Whether the unit counts people or animals."""
    return _head(unit) in LIVING


@lru_cache(maxsize=1024)
def _head(unit: str) -> str:
    return "" if is_measure(unit) else unit.split(" of ")[0].split(" ")[-1]


def _wide(problem: SymbolicProblem, known: Mapping[str, Exact]) -> str:
    """What is wider than long."""
    sizes = {v.meaning: known.get(v.name) for v in problem.variables if v.meaning[:6] in _SIDES}
    for meaning, length in sizes.items():
        width = sizes.get(f"width{meaning[6:]}")
        if length is None or width is None or not meaning.startswith("length"):
            continue
        if length < width:
            return f"the {meaning} is less than its width"
    return ""


def _far_from_average(problem: SymbolicProblem, known: Mapping[str, Exact]) -> str:
    """One value that is many times the average: 769 points in a game after 32 points a game."""
    averages = [v for v in problem.givens if _AVERAGE.search(f"{v.meaning} {v.clause or ''}")]
    for variable in problem.variables if averages else ():
        value = known.get(variable.name)
        near = [v.value for v in averages if v.value and v.unit == variable.unit]
        if value is None or not near or variable in averages:
            continue
        if _TOTAL.search(f"{variable.meaning} {variable.clause or ''}"):
            continue
        if not 0 <= value <= FARTHEST * max(near):
            return f"{variable.name} = {value} is far from the average"
    return ""


def _factor_fault(problem: SymbolicProblem) -> str:
    ones = {v.name for v in problem.givens if v.value == 1 and not v.unit and not v.distractor}
    if ones:
        for relation in problem.relations:
            for node in walk(relation):
                if isinstance(node, Apply) and node.operator in ("*", "/", "**"):
                    for argument in node.arguments:
                        if isinstance(argument, Symbol) and argument.name in ones:
                            return f"{argument.name} = 1 is a factor that changes nothing"
    return ""


def _ratio_fault(problem: SymbolicProblem) -> str:
    for constraint in problem.constraints:
        statement = constraint.statement or ""
        if _RATIO.search(statement):
            parts = [v.value for v in problem.givens if f"{{{v.name}}}" in statement]
            whole = [int(value) for value in parts if value is not None and value.denominator == 1]
            if len(whole) > 1 and (gcd(*whole) > 1 or len(set(whole)) == 1):
                return f"a ratio of {whole[0]} to {whole[1]} is not in lowest terms"
            if len(whole) > 1 and max(whole) > LARGEST_PART:
                return f"a ratio with a part of {max(whole)}"
    return ""


def _undone(problem: SymbolicProblem) -> str:
    """Doubled and then halved, shared among 4 and then taken 4 times."""
    defined = dict(_scalings(problem))
    for name, (before, factor) in defined.items():
        if before in defined and defined[before][1] * factor == 1:
            return f"{name} undoes {before}"
    return ""


def _more_than_fits(problem: SymbolicProblem, known: Mapping[str, Exact]) -> str:
    """More hours a day, or days a week, than there are."""
    told = [(v.clause or "").replace("#", f"{{{v.name}}}") for v in problem.variables]
    for text in (*told, *(c.statement or "" for c in problem.constraints), *problem.questions):
        if "{" not in text:
            continue
        of_a_day = [(m[1] or m[3], m[2] or m[4], "day") for m in _OF_A_DAY.finditer(text)]
        for name, unit, period in (*_PER.findall(text), *of_a_day):
            most = _FITS.get((unit, period))
            if most is not None and known.get(name, 0) > most:
                return f"{name} = {known[name]} {unit}s a {period}"
    return ""


def _more_than_there_is(problem: SymbolicProblem, known: Mapping[str, Exact]) -> str:
    """More taken away than there is, though what comes later makes up for it: 13 - 63 + 90 photos."""
    nonnegative = {v.name: bool(v.unit) for v in problem.variables if v.domain in _NONNEGATIVE}
    for relation in problem.relations:
        if not (isinstance(relation, Apply) and relation.operator == "=="):
            continue
        left, right = relation.arguments
        if not (isinstance(left, Symbol) and nonnegative.get(left.name)):
            continue
        for node in _on_the_way(right):
            if node is right or not (isinstance(node, Apply) and node.operator == "-"):
                continue
            if all(name in nonnegative and name in known for name in node.symbols):
                if evaluate(node, {name: Fraction(known[name]) for name in node.symbols}) < 0:
                    return f"{node} is less than 0 on the way to {left.name}"
    return ""


def _on_the_way(expression: Expression) -> Iterator[Expression]:
    """What a calculation comes to on its way: a distance inside `abs` is not had by anybody."""
    yield expression
    if isinstance(expression, Apply) and expression.operator in ("+", "-", "*", "/"):
        for argument in expression.arguments:
            yield from _on_the_way(argument)


def _scalings(problem: SymbolicProblem) -> Iterator[tuple[str, tuple[str, Fraction]]]:
    """(name, (other, factor)) for each relation name == factor*other."""
    values = {v.name: v.value for v in problem.variables if v.value is not None}
    for relation in problem.relations:
        if not (isinstance(relation, Apply) and relation.operator == "=="):
            continue
        left, right = relation.arguments
        if not (isinstance(left, Symbol) and isinstance(right, Apply)):
            continue
        if right.operator not in ("*", "/"):
            continue
        first, second = right.arguments
        for other, factor in ((first, second), (second, first)):
            number = _number(factor, values)
            if isinstance(other, Symbol) and other.name not in values and number:
                if right.operator == "*":
                    yield left.name, (other.name, number)
                elif other is first:
                    yield left.name, (other.name, 1 / number)


def _number(expression: Expression, values: Mapping[str, Fraction]) -> Fraction | None:
    if isinstance(expression, Number):
        return expression.value
    return values.get(expression.name) if isinstance(expression, Symbol) else None
