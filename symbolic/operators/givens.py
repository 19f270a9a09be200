"""Operators that change what is given: reveal, hide, split, distract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random

from zoped.symbolic.language.expression import Apply, Symbol
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.distractors import BY_PERSON, belonging, people_of
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    needed,
    phrase,
    plain_givens,
    rebuilt,
    solved_values,
    target_variable,
)
from zoped.symbolic.operators.quantity import Kind, quantity_of, spoken_text, tellings, vocabulary
from zoped.symbolic.plausible import is_constant
from zoped.symbolic.problem import SLOT, Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.wording.clauses import clause_parts, read_clause
from zoped.symbolic.wording.inflection import BE, FOODS, THINGS, is_measure, singular, word_set
from zoped.symbolic.wording.introductions import SHAPES

# "On the way there its speed is 60 km/h": no rule asks for that.
_ODD_OPENING = re.compile(r"(?:On|In|At|For|After|Before|With|From|Of|To) [^,]*\[")
_POINTS_BACK = re.compile(r"\b(?:these|those|this|such)\b")
_PRONOUN = re.compile(r"(?:Its|It|His|Her|He|She|They|Their|Another|The (?:next|second|other)) ")
_OF_THEM = re.compile(r"\bof (?:them|these)\b")
_AFTER_ALL = re.compile(r"\b(?:then|new)\b")  # "Zoe [is] # years old then": after what?
_HEAD = re.compile(r" (?:of|along|in|on|from|to|at|for|between|that|which)\b")
_OF_THE_LAST = re.compile(r"(?:Its|It|Their|They) ")
# What a sentence takes from the one before it.
_LEANS = re.compile(
    r"^(?:Its?|His|Her|S?he|They|Their|Another|Then|After that|Later|This|These|Of these|Among)\b"
    r"|\b(?:of them|of these|to this|for these|for them|like this)\b|\bthem all\b",
    re.IGNORECASE,
)
# What a sentence says of the end of a story, and what it has from its beginning.
_IN_THE_END = re.compile(r",? (?:in the end|in all|altogether|now|left|then|after that)(?= |\Z)")
_TAKEN_UP = re.compile(r"\b(?:back|each of|sure|choices|again|still|rest|others?)\b")
_DEFINITE = re.compile(r"\b(?:[Tt]he|[Ee]ach) ([a-z]+)\b(?: of ((?:an?|the) [a-z]+))?")
_SECOND_VERB = re.compile(r"\].* and (?!an? )")  # "[brakes] evenly and loses #"
_COUNTED = ("the number of ", "the least ", "the largest ")
_THEN = re.compile(r"(?:After|Then|Later|Now|Of these|Among)\b")
# How a sentence says what there is; when; and what says that something has happened by then.
_STATES = BE | word_set(
    "has have owns own holds hold contains contain sit sits lie lies stand stands"
)
_WHEN = re.compile(
    r"\b(?:first|now|today|then|soon|later|left|before|ago|beginning|start|together|in all|more)\b"
    r"|\A(?:An?|Each|Every) |\b(?:born|sold|given)\b",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:left|now|then|still|in the end|after that|at last|in all|later)\b")
_ADDED = re.compile(r"\b(?:more|away|out|off)\b|\bfrom the\b")
_SEVERAL = re.compile(r"\b(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive) [a-z]")
_INDEFINITE = re.compile(r"\b[Aa]n? (?:[a-z]+ )??([a-z]+)")


@register_operator
class RevealStep(Operator):
    name = "reveal_step"
    description = "Tell an intermediate result in the text, so that fewer steps are needed."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.unknowns) > 1

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        values = solved_values(problem)
        shorter = [
            told
            for v in problem.unknowns
            if v.name != asked.name
            for told in (_told_outright(problem, v, values[v.name]),)
            if told is not None
        ]
        if not shorter:
            raise MutationRefused("not_applicable", "no step can be told outright")
        return rng.choice(shorter)


def _told_outright(
    problem: SymbolicProblem, hidden: Variable, value: Fraction
) -> SymbolicProblem | None:
    """The problem with `value` for what it defined; None where that would only be said again.

    Something that it was made of has to be gone: the mean of three numbers is no news where all
    three are still there, and it would be wrong for other numbers.
    """
    found = definition(problem, hidden.name)
    if found is None or _POINTS_BACK.search(f"{hidden.meaning} {hidden.clause or ''}"):
        return None
    if not hidden.clause and phrase(hidden).startswith(_COUNTED):
        return None  # "The number of ways to line up is 48": that is told by no story
    index, right = found
    told = needed(
        rebuilt(
            problem,
            variables=[v.replaced(value=value) if v is hidden else v for v in problem.variables],
            constraints=[c for i, c in enumerate(problem.constraints) if i != index],
        ),
        problem.target,
    )
    left = {v.name for v in told.variables}
    if _opens_the_story(told, hidden.name):
        if not hidden.clause or not hidden.unit or _AFTER_ALL.search(hidden.clause):
            return None  # "The remainder is 2": nobody has heard of a division
        first = _IN_THE_END.sub("", hidden.clause)
        is_there = first.startswith("There") and is_measure(hidden.unit)
        if is_there or _presupposes(first, told):
            return None  # "There are 5 g", of what?
        told = told.replaced(
            variables=tuple(
                v.replaced(clause=first) if v.name == hidden.name else v for v in told.variables
            )
        )
    if len(told.variables) < len(problem.variables) and any(
        _PRONOUN.match(clause)
        for v in told.givens
        for clause in (v.clause or "", *v.other_clauses)
        if clause
    ):
        return None  # "The next one is 4" may have lost what it comes after
    known = {v.name for v in told.givens}
    if any(not known.issuperset(SLOT.findall(v.meaning)) for v in told.variables):
        return None  # "the number of multiples of {d}" without its d
    gone = [c.statement or "" for c in problem.constraints if c not in told.constraints]
    if any(f"{{{v.name}}}" in statement for v in told.givens for statement in gone):
        return None  # its sentence would be gone
    return None if right.symbols <= left or hidden.name not in left else told


def _presupposes(clause: str, problem: SymbolicProblem) -> bool:
    """Whether the first sentence speaks of what should have been told before: "The pieces [are] # cm long" of
    pieces that nobody has cut, "Tom [gets] # dollars back"."""
    story = f"{problem.story} {clause.partition('[')[0]}".lower()
    for match in _DEFINITE.finditer(clause):
        of_what = match[2] or match[1]  # of the area of the triangle, a triangle may be new
        noun = of_what.split()[-1]
        if of_what.startswith(("a ", "an ")):
            continue
        if noun not in SHAPES and not re.search(rf"\b(?:an?|some|\d+) (?:[a-z]+ )?{noun}\b", story):
            return True
    return _TAKEN_UP.search(clause) is not None


def _opens_the_story(problem: SymbolicProblem, name: str) -> bool:
    """Whether nothing is given before the variable of that name."""
    first = next((v for v in problem.variables if v.is_given and not v.distractor), None)
    return first is not None and first.name == name


@register_operator
class SwapUnknown(Operator):
    name = "swap_unknown"
    description = "Tell the answer and ask for one of the numbers that were given: work backwards."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and bool(problem.givens)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        if not asked.clause and is_measure(asked.unit) and phrase(asked).startswith("the number"):
            # "The number of metres to the wall is 30": nobody says it like that.
            raise MutationRefused("not_applicable", "no sentence tells the answer")
        values = solved_values(problem)
        stated = {
            v.name
            for v in problem.givens
            if any(
                f"{{{v.name}}}" in said
                for said in (
                    *(c.statement or "" for c in problem.constraints),
                    *(other.meaning for other in problem.variables),
                )
            )
        }
        choices = [
            v
            for v in problem.givens
            if not v.distractor
            and v.name not in stated
            and (v.clause or v.meaning)
            and not is_constant(problem, v)
            and not _introduces(problem, v)
            and _asks_well(problem, v)
        ]
        if not choices:
            raise MutationRefused("not_applicable", "no given can become the question")
        chosen = rng.choice(choices)
        opened = _at_first(chosen) if _changes(problem, chosen) else chosen
        return _in_wordings_that_stand_alone(
            rebuilt(
                problem,
                variables=[
                    opened.replaced(value=None)
                    if v is chosen
                    else v.replaced(value=values[asked.name])
                    if v is asked
                    else v
                    for v in problem.variables
                ],
                target=Symbol(chosen.name),
            )
        )


def _at_first(given: Variable) -> Variable:
    """The same quantity, said to be what there is at first."""
    return given.replaced(
        clause=f"{(given.clause or '').rstrip('.')} at first",
        other_clauses=(),
        meaning=f"{given.meaning} at first" if given.meaning else "",
    )


def _changes(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether the story goes on to what there is later of it, or to what comes or goes.

    "Finn has some money. He spends 6 dollars. He has 3 dollars left. How many dollars does he have?" asks
    for the 3, unless it says "at first".
    """
    verb, who = _verb_and_person(given)
    if verb not in _STATES or _WHEN.search(given.clause or ""):
        return False
    for relation in problem.relations:
        if given.name not in relation.symbols:
            continue
        for other in map(problem.variable, relation.symbols & {v.name for v in problem.variables}):
            clause = other.clause or ""
            if other.name == given.name or other.unit != given.unit or not clause:
                continue
            its_verb, its_person = _verb_and_person(other)
            if re.search(r"\beach\b|\[needs?\]", clause):
                continue
            if its_verb not in _STATES and (who in clause if who else _ADDED.search(clause)):
                return True
            if its_verb in _STATES and its_person == who and _LATER.search(clause):
                return True
    return False


def _verb_and_person(variable: Variable) -> tuple[str, str]:
    """The verb of the variable's clause, and the person who is its subject, or ""."""
    clause = variable.clause or ""
    verb = clause.partition("[")[2].partition("]")[0]
    return verb, next(iter(people_of(clause)), "")


def _asks_well(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether rules can turn the given's sentence round into a question that says whom it is about."""
    clause = given.clause or ""
    parts = clause_parts(clause, given.unit)
    if parts is None or not clause:
        return True
    if ", " in parts.subject or _SECOND_VERB.search(clause):
        return False  # "When it is swapped, the number [grows] by #", "[brakes] and loses #"
    if not (parts.group or given.unit or parts.rest.startswith("of ") or parts.verb in BE):
        return False  # "[hits] it with probability #"
    return not _OF_THE_LAST.match(clause) or not _others_come_after(problem, given)


def _others_come_after(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether something else is spoken of last, when the given is asked for and the answer told.

    "How long is its shadow?" is about that.
    """
    asked = target_variable(problem)
    at = problem.variables.index(given)
    later = {v.name for v in problem.variables[at + 1 :]}
    if any(v.is_given and v.clause for v in problem.variables[at + 1 :]):
        return True
    if (given.clause or "").startswith("The"):  # they, their: the several that the story is about
        return False
    if any(c.statement and later & c.relation.symbols for c in problem.constraints):
        return True
    before = " ".join([problem.story, *(v.clause or "" for v in problem.variables[:at])])
    parts = clause_parts(asked.clause or "", asked.unit)
    subject = parts.subject if parts else phrase(asked)
    head = _HEAD.split(subject, maxsplit=1)[0].split(" ")[-1]
    return head not in re.findall(r"[A-Za-z]+", before)


def _in_wordings_that_stand_alone(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem without the other wordings that may point at a sentence that is not told any more."""

    def alone(wordings: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(words for words in wordings if not _LEANS.search(words))

    return problem.replaced(
        variables=tuple(
            v.replaced(clause=v.clause, other_clauses=alone(v.other_clauses))
            if v.other_clauses
            else v
            for v in problem.variables
        ),
        constraints=tuple(
            c.replaced(statement=c.statement, other_statements=alone(c.other_statements))
            if c.other_statements
            else c
            for c in problem.constraints
        ),
    )


def _introduces(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether the story needs the given's sentence to know what it speaks of.

    "One angle of a triangle is 50 degrees": without it, nobody knows of a triangle.
    """
    clause = given.clause or ""
    if clause.startswith(
        ("One ", "Two ", "Three ", "Four ", "The first ", "Each ")
    ) or _ODD_OPENING.match(clause):
        return True
    parts = clause_parts(clause, given.unit)
    if parts is not None and parts.between.split()[-1:] == ["of"]:
        return True  # "has a mass of # kg" makes no question
    after = problem.variables[problem.variables.index(given) + 1 :]
    if any(_PRONOUN.match(c) for v in after[:1] for c in (v.clause or "", *v.other_clauses)):
        return True
    if after and _OF_THEM.search(after[0].clause or ""):
        return True
    others = [problem.story, *((c.statement or "") for c in problem.constraints)]
    others += [v.clause or "" for v in problem.variables if v is not given]
    text = " ".join(others)
    if _SEVERAL.search(clause) and not _SEVERAL.search(text):
        return True  # "The product of two integers is 72" says that there are two
    return any(not re.search(rf"\b{noun}(?:s|es)?\b", text) for noun in _INDEFINITE.findall(clause))


@register_operator
class AddDistractor(Operator):
    name = "add_distractor"
    description = "Add a number that has nothing to do with the answer."
    arguments = {"value": Limits(2, 30, "the number")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return sum(v.distractor for v in problem.variables) < 2

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        clause, unit, at = _distractor(problem, rng)
        extra = Variable(
            name=fresh_name(problem, "extra"),
            meaning=read_clause(clause, unit).phrase.removeprefix("the number of "),
            unit=unit,
            domain=Domain.POSITIVE_INTEGER,
            value=Fraction(arguments["value"]),
            clause=clause,
            distractor=True,
        )
        return rebuilt(problem, variables=[*problem.variables[:at], extra, *problem.variables[at:]])


def _distractor(problem: SymbolicProblem, rng: Random) -> tuple[str, str, int]:
    """Clause and unit of a number that belongs to the story, and where it may be told."""
    text = spoken_text(problem)
    words = vocabulary(problem, quantity_of(problem, problem.variables[-1]), rng)
    found: list[tuple[str, str, int]] = []
    for pattern, clause, unit in belonging(tellings(problem)):
        first = next(
            (i for i, v in enumerate(problem.variables) if re.search(pattern, v.clause or "")),
            0 if re.search(pattern, problem.story) else len(problem.variables) - 1,
        )
        found.append((clause.format_map(words), unit, first + 1))
    for i, variable in enumerate(problem.variables):
        people = people_of(variable.clause or "")
        if people and variable.is_given:
            found += [(c.format_map({"who": people[0]}), unit, i + 1) for c, unit in BY_PERSON]
            break
    fitting = [one for one in found if not _said(one[0], one[1], text)]
    if not fitting:
        raise MutationRefused("not_applicable", "no distractor belongs to this story")
    clause, unit, first = rng.choice(fitting)
    end = max(first, len(problem.variables) - 1)
    places = [i for i in range(first, end + 1) if not _goes_on(problem.variables[i : i + 1])]
    return clause, unit, rng.choice(places or [len(problem.variables)])


def _goes_on(after: Sequence[Variable]) -> bool:
    """Whether the variable's sentence needs the one before it: "Its width is 3 cm", "After that"."""
    said = [c for v in after for c in (v.clause or "", *v.other_clauses)]
    return any(_PRONOUN.match(clause) or _THEN.match(clause) for clause in said)


def _said(clause: str, unit: str, text: str) -> bool:
    """Whether the text has a number of this kind already, which the new one could be taken for."""
    thing = re.search(r"# ([a-z]+)", clause)
    nouns = {unit, thing[1] if thing else unit} - {""}
    return any(re.search(rf"\b{noun}s?\b", text) for noun in nouns)


@register_operator
class RemoveDistractor(Operator):
    name = "remove_distractor"
    description = "Remove the numbers that have nothing to do with the answer."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return any(self._removable(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        gone = list(self._removable(problem))
        return rebuilt(problem, variables=[v for v in problem.variables if v not in gone])

    @staticmethod
    def _removable(problem: SymbolicProblem) -> Iterator[Variable]:
        """The distractors with a sentence of their own: others stand in one that tells more."""
        said = [*(c.statement or "" for c in problem.constraints), *problem.questions]
        said += [v.meaning for v in problem.variables]
        told = {name for sentence in said for name in SLOT.findall(sentence)}
        return (v for v in problem.variables if v.distractor and v.name not in told)


# Two kinds of what is counted, so that a number can be told in two parts.
_PARTS: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.PEOPLE: (("younger", "older"), ("tall", "short")),
    Kind.ANIMALS: (("white", "black"), ("young", "old")),
}
_ON_A_SHELF = word_set("book toy tile lamp shirt hat card chair table cup vase poster")
_OBJECT_PARTS = (("red", "blue"), ("large", "small"), ("old", "new"), ("green", "yellow"))
_FOOD_PARTS = (("large", "small"), ("red", "green"))
_COLOURS = re.compile(r"\b(?:red|blue|green|yellow|white|black|brown|orange|colou?rs?)\b")
_HALVES = (
    ("in the morning", "in the evening"),
    ("before lunch", "after lunch"),
    ("on foot", "by bike"),
)
_BAKED = frozenset({"cake", "pizza", "pie", "loaf", "sandwich", "pancake"})
_MONEY_PARTS = (("in notes", "in coins"), ("in the morning", "in the afternoon"))


@register_operator
class SplitGiven(Operator):
    name = "split_given"
    description = "Tell one number as the sum of two others, which adds a step at the beginning."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return any((v.value or 0) >= 4 for v in plain_givens(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        a, b = fresh_name(problem, "one"), fresh_name(problem, "two")
        text = spoken_text(problem)
        told = [
            (v, statement)
            for v in plain_givens(problem)
            if (v.value or 0) >= 4
            for statement in _in_two(problem, v, a, b, text)
        ]
        if not told:
            raise MutationRefused("not_applicable", "no number can be told in two parts")
        chosen, statement = rng.choice(told)
        value = int(chosen.value or 0)
        first = rng.randint(2, value - 2)
        parts = [
            Variable(
                name=name,
                meaning=meaning,
                unit=chosen.unit,
                domain=Domain.POSITIVE_INTEGER,
                value=Fraction(part),
            )
            for name, part, meaning in (
                (a, first, "first part"),
                (b, value - first, "second part"),
            )
        ]
        hidden = chosen.replaced(value=None)
        return rebuilt(
            problem,
            variables=[
                w for v in problem.variables for w in ([*parts, hidden] if v is chosen else [v])
            ],
            constraints=[
                *problem.constraints,
                Constraint(
                    relation=Apply("==", (Symbol(chosen.name), Apply("+", (Symbol(a), Symbol(b))))),
                    statement=statement,
                ),
            ],
        )


def _in_two(problem: SymbolicProblem, given: Variable, a: str, b: str, text: str) -> list[str]:
    """ "Ann has {a} red and {b} blue pens at first.", and the like."""
    parts = clause_parts(given.clause or "", given.unit)
    if parts is None or not parts.group or parts.group.startswith(("more ", "times ")):
        return []
    forms = read_clause(given.clause or "", given.unit)
    kind, group = quantity_of(problem, given).kind, parts.group
    noun = singular(group)
    pairs: tuple[tuple[str, str], ...]

    def put(words: str) -> str:
        return forms.many.replace(f"# {group}", words, 1) + "."

    if kind in (Kind.DISTANCE, Kind.PURSE, Kind.MONEY) or noun == "page":
        pairs = _MONEY_PARTS if kind in (Kind.PURSE, Kind.MONEY) else _HALVES
        moves = noun == "page" or (kind is Kind.DISTANCE and parts.subject.isalpha())
        holds = parts.verb in ("has", "have", "gets", "gives", "saves", "pays", "earns")
        if not (moves or (holds and kind is not Kind.DISTANCE)) or (
            parts.rest and parts.rest.split()[0] not in ("each", "every", "at")
        ):
            return []
        pairs = tuple(p for p in pairs if noun != "page" or "foot" not in p[0])
        pairs = tuple(
            p for p in pairs if kind is Kind.DISTANCE or noun == "page" or "notes" in p[0]
        )
        return [
            put(f"{{{a}}} {group} {one} and {{{b}}} {group} {two}")
            for one, two in pairs
            if not parts.rest.startswith("each day") or "morning" in one or "lunch" in one
        ]
    if " " in group or noun in _BAKED:
        return []
    if noun in THINGS:
        pairs = _OBJECT_PARTS
    elif noun in FOODS:
        pairs = _FOOD_PARTS
    elif noun in _ON_A_SHELF:
        pairs = (("old", "new"), ("large", "small"))
    else:
        general = {
            Kind.CROWD: Kind.PEOPLE,
            Kind.HERD: Kind.ANIMALS,
        }
        pairs = _PARTS.get(general.get(kind, kind), ())
    return [
        put(f"{{{a}}} {one} and {{{b}}} {two} {group}")
        for one, two in pairs
        if not re.search(rf"\b(?:{one}|{two})\b", text)
        and not (_COLOURS.search(one) and _COLOURS.search(text))
    ]
