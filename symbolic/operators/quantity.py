"""What kind of quantity a variable is, and the words with which a new step can speak of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from random import Random

from zoped.foundation.words import word_set
from zoped.symbolic.language.expression import Apply, walk
from zoped.symbolic.niceness import exact_values
from zoped.symbolic.operators.editing import definition, person, phrase, target_variable, things
from zoped.symbolic.plausible import ANIMALS, LIVING
from zoped.symbolic.problem import SymbolicProblem, Variable
from zoped.symbolic.remembered import remembered
from zoped.symbolic.wording.asked_for import (
    asked_holder,
    asked_place,
    asked_things,
    quoted_phrase,
    quoted_question,
)
from zoped.symbolic.wording.clauses import read_clause
from zoped.symbolic.wording.inflection import (
    FOODS,
    HER,
    HIM,
    PRONOUNS,
    are_pounds_money,
    base_form,
    is_measure,
    plural,
    singular,
    third_person,
)
from zoped.symbolic.wording.question_order import AUXILIARIES


class Kind(StrEnum):
    """What a quantity is, as far as a story has to know."""

    HELD = "held"  # things that a person has in the end
    PURSE = "purse"  # money that a person has in the end
    PLACE = "place"  # things that are somewhere in the end
    CROWD = "crowd"  # people that are somewhere in the end
    HERD = "herd"  # animals that are somewhere in the end
    PEOPLE = "people"
    ANIMALS = "animals"
    THINGS = "things"  # that one can take into a hand
    COUNT = "count"  # of anything else
    COST = "cost"  # what a person pays in all
    PRICE = "price"
    MONEY = "money"
    LENGTH = "length"
    DISTANCE = "distance"
    AREA = "area"
    VOLUME = "volume"
    AMOUNT = "amount"  # litres, kilograms
    DURATION = "duration"
    AGE = "age"
    ANGLE = "angle"
    NUMBER = "number"
    OTHER = "other"  # shares, probabilities, rates, speeds: no story goes on from them


COUNTS = frozenset(
    {
        Kind.HELD,
        Kind.PLACE,
        Kind.CROWD,
        Kind.HERD,
        Kind.PEOPLE,
        Kind.ANIMALS,
        Kind.THINGS,
        Kind.COUNT,
        Kind.NUMBER,
    }
)
MONEY = frozenset({Kind.PURSE, Kind.COST, Kind.PRICE, Kind.MONEY})
_MONEY_UNITS = frozenset({"dollar", "cent", "euro", "pound"})
_LENGTHS = word_set("cm mm m km centimetre centimeter millimetre metre meter inch foot yard")
_STEPS = word_set("m metre meter yard")  # one can go as far as that
_WAYS = word_set("km kilometre kilometer mile")
_TIMES = word_set("second minute hour day week month year")
_AMOUNTS = word_set(
    "kg g gram kilogram pound ton tonne litre liter millilitre ml l ounce gallon cup"
)
# What one can count, but not take into a hand.
_ABSTRACT = word_set(
    "way order pair value solution number integer point step term page time set group team goal "
    "head leg row column seat room house floor side face edge corner game match lap turn question "
    "choice kind multiple divisor term root colour color flavour topping sort type possibility arrangement signal division path rectangle triangle layer test exam score lesson car bus train truck boat ship plane bag box crate basket plate shelf "
    "ticket cell bottle tank tree field farm shop school class tour trip fish day word letter digit factor handshake "
    "visit draw defeat prize signal multiple cut signature call jump throw shot garden cage family load pile folder "
    "email song file app live problem acre meal store city country bed wall window table round ride vote "
    "flight journey wave stair bush van street"
)
_MOVES = re.compile(
    r"\b(?:walk|run|drive|ride|go|fly|swim|travel|sail|cycle|jog|hike)(?:s|es)?\b|\bway\b|\broute\b"
)
_RATE = re.compile(r"\b(?:each|every|per|a) (?:day|hour|minute|second|week|month|year|kg|litre)\b")
_WEIGHT = re.compile(
    r"\b(?:weights?|weighs?|mass|heavier|lighter)\b"
)  # of one body: nobody uses twice of it
_COMPARES = re.compile(r"\b(?:more|fewer|less|extra)\b")  # "How many more boys went rowing?"
# "How many doctors and nurses are left?": what is counted is not all doctors.
_TWO_KINDS = re.compile(
    rf"How many [a-z -]+ (?:and|or) [a-z -]+ (?:{'|'.join(sorted(AUXILIARIES))}) "
)
_SHARE = re.compile(r"\b(?:probability|chance|ratio|part|fraction|share|odds|percentage)\b")
_COSTS = re.compile(r"(An? [a-z ]+?) \[costs\] # (?:dollars|cents|euros)\Z")
_PAYS = re.compile(r"([A-Z][a-z]+) \[pays\] # (?:dollars|cents|euros)(?: in all| altogether)?\Z")
_OLD = re.compile(r"([A-Z][a-z]+) \[is\] # years old\b(?P<time>.*)\Z")
_THERE = re.compile(r"There \[are\] # ")
_CLOSERS = re.compile(r" (?:after that|in the end|at last|a year later)\b")
_TIME_WORDS = word_set("left now then today altogether still")
# Which number, where another one comes?
VAGUE = frozenset({"the number", "the result", "the rest", "the sum", "the remainder", "x"})
_MEASURED = re.compile(r"the (?:additional )?(?:time|distance)\b")
_SLOT = re.compile(r"\{\w+\}")
_THAT_ARE = re.compile(r"\bthat (are|were|remain)\b")
_ANY_WORD = re.compile(r"[A-Za-z]+")
_CAPITALIZED = re.compile(r"(?!(?:She|He|It|They|We|You|One|Each|Nobody|Everybody)\Z)[A-Z][a-z]+\Z")
_PREPOSITIONS = word_set("from in at of near to")
_DEEDS = word_set(
    "bake borrow bring buy carry catch collect cook count cut donate draw earn eat fill find gather get give grow "
    "have invite keep lend lose make need order own pack pay pick plan plant put read return run save sell share "
    "spend start take use walk want wash win work write"
)
LETTERS = ("n", "m", "k", "p", "q", "r", "s")
OTHER_NAMES = ("Zoe", "Max", "Ivy", "Sam", "Kate", "Leo", "Nora", "Finn", "Ruth", "Adam")


@dataclass(frozen=True)
class Quantity:
    """A variable with its kind; `who`, `place` and `things` are "" where they say nothing. `pronoun` is that
    of `who`, where a text says it of a name that is not in the word bank."""

    variable: Variable
    kind: Kind
    who: str = ""
    pronoun: str = ""
    place: str = ""
    things: str = ""


@remembered
def asked_quantity(problem: SymbolicProblem) -> Quantity:
    """The quantity that the problem asks for; refused where that is no single variable."""
    return quantity_of(problem, target_variable(problem))


def quantity_of(problem: SymbolicProblem, variable: Variable) -> Quantity:
    """The kind of the variable's quantity, judged by its unit, clause and meaning."""
    clause, unit = variable.clause or "", variable.unit
    words = f"{variable.meaning} {clause}"
    noun = asked_things(quoted_question(variable.meaning), unit) or things(variable)
    if unit == "percent" or "/" in unit or " per " in unit:
        return Quantity(variable, Kind.OTHER)
    if not unit:
        is_share = not variable.domain.is_integer and _SHARE.search(words)
        is_other = is_share or lacks_unit(variable)
        return Quantity(variable, Kind.OTHER if is_other else Kind.NUMBER)
    if _RATE.search(words) or "by which" in variable.meaning or _WEIGHT.search(words):
        return Quantity(variable, Kind.OTHER)
    if unit in _MONEY_UNITS and (unit != "pound" or are_pounds_money(spoken_text(problem))):
        return _money(problem, variable, clause, noun)
    measured = _measured(unit, words)
    if measured is not None:
        old = _OLD.match(clause)
        return Quantity(variable, measured, who=old[1] if old and not old["time"] else "")
    if is_measure(unit):
        return Quantity(variable, Kind.OTHER)
    if (clause and read_clause(clause, unit).compares) or re.search(r"\b[Ee]ach\b", words):
        return Quantity(variable, Kind.NUMBER)
    question = quoted_question(variable.meaning)
    if _TWO_KINDS.match(question):
        return Quantity(variable, Kind.NUMBER)
    who, pronoun = _who(problem, variable)
    if who and unit.split(" ")[-1] not in LIVING:
        return Quantity(variable, Kind.HELD, who=who, pronoun=pronoun, things=noun)
    head = unit.split(" of ")[0].split(" ")[-1]
    place = asked_place(question) or _place(problem, variable)
    place = "" if head in _ABSTRACT else place
    if place:
        kind = Kind.HERD if head in ANIMALS else Kind.CROWD if head in LIVING else Kind.PLACE
        return Quantity(variable, kind, place=place, things=noun)
    if question and (_COMPARES.search(question) or quoted_phrase(variable.meaning) is None):
        return Quantity(variable, Kind.NUMBER)  # of nothing that can be packed, shared or sent away
    if head in LIVING:
        return Quantity(variable, Kind.ANIMALS if head in ANIMALS else Kind.PEOPLE, things=noun)
    return Quantity(variable, Kind.COUNT if head in _ABSTRACT else Kind.THINGS, things=noun)


def lacks_unit(variable: Variable) -> bool:
    """Whether it is a time or a distance of which nobody says in what it is measured: "How long would the money
    last him?" has no number to calculate with, be it in weeks or in days."""
    return not variable.unit and bool(_MEASURED.match(quoted_phrase(variable.meaning) or ""))


def _money(problem: SymbolicProblem, variable: Variable, clause: str, noun: str) -> Quantity:
    if clause and read_clause(clause, variable.unit).compares:
        return Quantity(variable, Kind.MONEY)
    who, pronoun = _who(problem, variable)
    if who:
        return Quantity(variable, Kind.PURSE, who=who, pronoun=pronoun, things=noun)
    pays = _PAYS.match(clause)
    if pays:
        return Quantity(variable, Kind.COST, who=pays[1])
    if _COSTS.match(clause) or re.search(r"\bprice\b", variable.meaning):
        return Quantity(variable, Kind.PRICE)
    return Quantity(variable, Kind.MONEY)


def _who(problem: SymbolicProblem, variable: Variable) -> tuple[str, str]:
    """Who has it in the end, by its clause, or by the question that its meaning quotes; and the question's
    pronoun."""
    holder = asked_holder(quoted_question(variable.meaning))
    people = set(_people(problem)) if holder else set()
    if holder in ("he", "she"):
        fitting = {name for name in people if PRONOUNS.get(name, holder) == holder}
        return (fitting.pop(), holder) if len(fitting) == 1 else ("", "")
    who = holder if holder in people else person(problem, variable)
    return who, ""


def _people(problem: SymbolicProblem) -> Iterator[str]:
    """The names of people who do something in the text."""
    said = [problem.story, *(c.statement or "" for c in problem.constraints)]
    words = " ".join(said).split()
    for before, word, after in zip(["", *words], words, words[1:], strict=False):
        if _CAPITALIZED.match(word) and base_form(after) in _DEEDS and before not in _PREPOSITIONS:
            yield word


def _measured(unit: str, words: str) -> Kind | None:
    if unit in ("year", "month") and re.search(r"\bage\b|\byears old\b|\b[Hh]ow old\b", words):
        return Kind.AGE
    if unit.startswith("square "):
        return Kind.AREA
    if unit.startswith("cubic "):
        return Kind.VOLUME
    if unit == "degree" and "angle" in words:
        return Kind.ANGLE
    if unit in _WAYS or (unit in _STEPS and _MOVES.search(words)):
        return Kind.DISTANCE
    for units, kind in (
        (_LENGTHS, Kind.LENGTH),
        (_TIMES, Kind.DURATION),
        (_AMOUNTS, Kind.AMOUNT),
    ):
        if unit.split(" ")[0] in units:
            return kind
    return None


def _place(problem: SymbolicProblem, variable: Variable) -> str:
    """ "in the box" for "There [are] # apples left in a box", where the story ends with it."""
    told = [v.name for v in problem.variables if v.clause and not v.distractor]
    clause = variable.clause or ""
    if not _THERE.match(clause) or told[-1:] != [variable.name] or "at first" in clause:
        return ""
    rest = _CLOSERS.sub("", clause.partition("# ")[2])
    noun = things(variable)
    words = rest.removeprefix(noun).split() if rest.startswith(noun) else []
    words = [word for word in words if word not in _TIME_WORDS]
    place = re.sub(r"\b(?:a|an)\b", "the", " ".join(words))
    return place if place.split(" ")[0] in ("in", "on", "at") else ""


_AMOUNT_NOUNS = {Kind.DURATION: "time", Kind.DISTANCE: "distance", Kind.LENGTH: "length"}


def amount(quantity: Quantity) -> str:
    """The quantity as an amount: "the time until the trains meet", "the price of a pen"."""
    variable = quantity.variable
    costs = _COSTS.match(variable.clause or "")
    if costs:
        return f"the price of {costs[1][0].lower()}{costs[1][1:]}"
    said = phrase(variable)
    many = plural(variable.unit) if variable.unit else ""
    for start, extra in (
        (f"the number of {many} ", ""),
        (f"the number of extra {many} ", "extra "),
        (f"the number of {variable.unit} ", ""),
    ):
        if many and said.startswith(start):
            rest = _THAT_ARE.sub(
                lambda match: f"that {third_person(match[1])}", said.removeprefix(start)
            )
            noun = _AMOUNT_NOUNS.get(quantity.kind, "amount")
            if noun == "length" and not rest.startswith("of "):
                noun = "distance"  # "the metres the ball rises"
            return f"the {extra}{noun} {rest}"
    return said


def vocabulary(problem: SymbolicProblem, quantity: Quantity, rng: Random) -> dict[str, str]:
    """The words that a story's templates may use; "" for what there is none of."""
    words = story_words(problem)
    variable = quantity.variable
    said = _said(problem, variable)
    unit = variable.unit
    names = [name for name in OTHER_NAMES if name not in words and not _is_called_so(name, said)]
    rng.shuffle(names)
    costs = _COSTS.match(variable.clause or "")
    item = costs[1].split(" ", 1)[1] if costs else ""
    noun = quantity.things
    how_much = amount(quantity)
    is_small = _is_small(problem, variable)
    # Of a text's own words nobody knows which things its last sentence spoke of.
    is_rest = _is_rest(problem, variable) or bool(not variable.clause and quantity.pronoun)
    return {
        "who": quantity.who,
        "place": quantity.place,
        "spot": quantity.place if variable.clause else "",  # where things stay for a year
        "things": noun,
        "thing": singular(noun) if noun else "",
        "food": noun if singular(noun) in FOODS else "",
        "dry": noun if noun and singular(noun) not in FOODS else "",
        "named": said,
        "phrase": "" if said in VAGUE else said,
        "simple": "" if said in VAGUE or " and " in said else said,  # "..., and divides it by 2"
        "those": f"the {said.removeprefix('the number of ')}"
        if said.startswith("the number of ") and not said.startswith("the number of extra ")
        else "",
        "amount": how_much,
        "long": how_much.removeprefix("the length of "),
        "these": _own(problem, quantity) if is_rest else "these",
        "this": _own(problem, quantity) if is_rest else "this",
        "sum": how_much if how_much.startswith("the amount") else "",
        "square": _free(("square",), words, rng),
        "carpet": _free(("carpet", "floor", "table", "poster"), words, rng),
        "piece": _free(("piece", "section", "strip"), words, rng),
        "unit": unit,
        "units": plural(unit) if unit else "",
        "area": f"square {unit}" if unit else "",
        "areas": f"square {plural(unit)}" if unit else "",
        "items": plural(item) if item and " " not in item else "",
        "other": names[0] if names else "",
        "third": names[1] if len(names) > 1 else "",
        "lock": "lock" if words.isdisjoint(("lock", "code")) else "",
        "x": next((x for x in ("x", "y", "z") if x not in words), ""),
        "letter": next((x for x in LETTERS if x not in words), ""),
        "after": _after(words, rng),
        "box": _free(("box", "bag", "basket", "crate", "tin"), words, rng),
        "boxes": "",
        "rope": _free(("rope", "string", "wire", "ribbon") if is_small else (), words, rng),
        "stick": "stick" if is_small else "",
        "board": "board" if is_small else "",
        "line": "line" if is_small else "",
        "ticket": "ticket" if is_small and words.isdisjoint(_forms("ticket")) else "",
        "goods": _free(("book", "scarf", "lamp", "map", "clock", "bag"), words, rng),
    }


def _is_called_so(name: str, said: str) -> bool:
    """Whether a pronoun of the noun phrase could be another person's: "Kate takes half of the pens she has"."""
    called = HIM if PRONOUNS.get(name) == "he" else HER  # Ivy is in no bank
    return not called.isdisjoint(said.split())


def _is_rest(problem: SymbolicProblem, variable: Variable) -> bool:
    """Whether something was taken away before: "these pens" could be those that are gone."""
    found = definition(problem, variable.name)
    return found is not None and any(
        isinstance(node, Apply) and node.operator == "-" for node in walk(found[1])
    )


def _only_pronoun(problem: SymbolicProblem, quantity: Quantity) -> str:
    """What the text calls the one person that it speaks of."""
    words = story_words(problem)
    he, she = (not words.isdisjoint(each) for each in (HIM, HER))
    if he == she or set(_people(problem)) != {quantity.who}:
        return ""
    return "he" if he else "she"


def _own(problem: SymbolicProblem, quantity: Quantity) -> str:
    pronoun = quantity.pronoun or PRONOUNS.get(quantity.who, "") or _only_pronoun(problem, quantity)
    return {"she": "her", "he": "his"}.get(pronoun, f"{quantity.who}'s")


# What is longer is no stick, and what is dearer no ticket.
_LARGEST = {"metre": 30, "meter": 30, "yard": 30, "foot": 100, "dollar": 300, "euro": 300}


def _is_small(problem: SymbolicProblem, variable: Variable) -> bool:
    largest = _LARGEST.get(variable.unit)
    value = exact_values(problem).known.get(variable.name) if largest else None
    return largest is None or value is None or value <= largest


def _said(problem: SymbolicProblem, variable: Variable) -> str:
    """The noun phrase; "" for how many more one has, where it is not clear who the two are."""
    said = phrase(variable)
    if not said.startswith("the number of more "):
        return said
    compared = [
        v for v in problem.variables if v.unit == variable.unit and v is not variable and v.clause
    ]
    many = plural(variable.unit)
    return f"the difference between the two numbers of {many}" if len(compared) == 2 else ""


def _free(options: Sequence[str], words: frozenset[str], rng: Random) -> str:
    """One of the options that the text does not use yet, or ""."""
    left = [option for option in options if words.isdisjoint(_forms(option))]
    return rng.choice(left) if left else ""


@lru_cache(maxsize=256)
def _forms(noun: str) -> tuple[str, ...]:
    return noun, f"{noun}s", f"{noun}es", noun.capitalize()


def _after(words: frozenset[str], rng: Random) -> str:
    """When the story has come to its end: "in the end", or in other words where it has said that."""
    left = [
        option for option in ("after that", "in the end", "then") if option.split()[-1] not in words
    ]
    return rng.choice(left) if left else "at last"


@remembered
def story_words(problem: SymbolicProblem) -> frozenset[str]:
    """The words of all but the questions: a new step asks for something else than they do."""
    return frozenset(_ANY_WORD.findall(_SLOT.sub("", " . ".join(_story_parts(problem)))))


@remembered
def spoken_text(problem: SymbolicProblem) -> str:
    """All that the problem's text may be made of, names of bare letters too."""
    parts = [*problem.questions, *_story_parts(problem)]
    return _SLOT.sub("", " . ".join(part for part in parts if part))


@remembered
def tellings(problem: SymbolicProblem) -> tuple[str, ...]:
    """The story in the first wording of each sentence, in the second one and so on."""
    sentences = [
        (problem.story, *problem.other_stories),
        *((v.clause or v.meaning, *v.other_clauses) for v in problem.variables),
        *((c.statement or "", *c.other_statements) for c in problem.constraints),
    ]
    longest = max(map(len, sentences))
    return tuple(
        _SLOT.sub("", " . ".join(s[min(k, len(s) - 1)] for s in sentences if s[0]))
        for k in range(longest)
    )


def _story_parts(problem: SymbolicProblem) -> list[str]:
    parts = [problem.story, *problem.other_stories]
    for v in problem.variables:
        parts += [v.clause or "", v.meaning, v.unit, *v.other_clauses]
        if not v.meaning and not v.clause:
            parts.append(v.name)
    for c in problem.constraints:
        parts += [c.statement or "", *c.other_statements]
    return parts
