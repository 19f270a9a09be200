"""Tells a symbolic problem sentence by sentence: which are said, in what order, and the question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.problem import SLOT, Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.wording.asked_for import quoted_phrase, quoted_question
from zoped.symbolic.wording.clauses import read_clause, singular_group, split_noun_group
from zoped.symbolic.wording.inflection import (
    are_pounds_money,
    article,
    capitalize,
    is_measure,
    is_plural,
    join_and,
    lower_first,
    number_text,
    plural,
    quantity,
    takes_singular,
)
from zoped.symbolic.wording.relation_words import expression_words, relation_words, starts_formula

_PUNCTUATION = re.compile(r"[.,;:?]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DOMAIN_WORDS = {
    Domain.POSITIVE_INTEGER: "positive integer",
    Domain.NONNEGATIVE_INTEGER: "nonnegative integer",
    Domain.INTEGER: "integer",
    Domain.POSITIVE_REAL: "positive number",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its full stop.

    `subject`: what it starts with and a pronoun can replace; `is_clause`: may be joined."""

    text: str
    subject: str = ""
    is_clause: bool = False


class Teller:
    """Says the parts of one problem."""

    def __init__(self, problem: SymbolicProblem) -> None:
        self.problem = problem
        self.by_name = {variable.name: variable for variable in problem.variables}
        self.spoken: list[Constraint] = []  # with a sentence of their own
        self.generic: list[Constraint] = []  # put into words from the relation
        for constraint in problem.constraints:
            kind = self._kind(constraint)
            if kind == "spoken":
                self.spoken.append(constraint)
            elif kind == "generic":
                self.generic.append(constraint)
        self.asked = self._written_question()
        sentences = [c.statement or "" for c in self.spoken] + [self.asked]
        # A noun phrase may hold values too: "the remainder when n is divided by {size}".
        sentences += [v.meaning for v in self._named() if "{" in v.meaning]
        self.stated = {name for sentence in sentences for name in _slots(sentence)}
        self.inline = self._inline_givens()

    def _kind(self, constraint: Constraint) -> str:
        statement = constraint.statement
        if statement is None:
            return "generic"
        slots = _slots(statement)
        if any(name not in self.by_name for name in slots):
            return "generic"
        unknown = [name for name in slots if self.by_name[name].value is None]
        if unknown:
            return "silent" if all(self.by_name[n].clause for n in unknown) else "generic"
        return "spoken" if statement.strip() else "silent"

    def _named(self) -> Iterator[Variable]:
        """The variables whose noun phrase is said: what rules ask for, and givens without clause."""
        for variable in self.problem.variables:
            is_asked = variable.name in self.problem.target.symbols and not self.asked
            if not variable.clause and (is_asked or variable.is_given):
                yield variable

    def _written_question(self) -> str:
        """The question that somebody wrote, unless it needs a value that is not given any more."""
        written = self.problem.questions[0] if self.problem.questions else ""
        known = {variable.name for variable in self.problem.givens}
        return written if known.issuperset(_slots(written)) else ""

    def _inline_givens(self) -> set[str]:
        """Nameless givens that stand in one relation only: their value is written there."""
        expressions = [c.relation for c in self.generic]
        inline = set()
        for v in self.problem.variables:
            if v.value is not None and not v.clause and not v.meaning and v.name not in self.stated:
                if sum(_mentions(str(e), v.name) for e in expressions) == 1:
                    if v.name not in self.problem.target.symbols:
                        inline.add(v.name)
        return inline

    def sentences(self) -> list[Sentence]:
        """Everything before the question, in telling order."""
        said = [Sentence(self.problem.story.strip())] if self.problem.story.strip() else []
        domains = self._domain_sentence()
        if domains:
            said.append(Sentence(domains))
        places = self._places()
        last = self._last_clause()
        for variable in self.problem.variables:
            name = variable.name
            here = places.get(name, [])
            # "Leo doubles it. The number he gets is 8": what it is comes before how much it is.
            first = [c for c in here if variable.is_given and self._defines_alone(c, name)]
            said.extend(self._statement(constraint) for constraint in first)
            if variable.value is not None:
                if name not in self.inline and name not in self.stated:
                    said.append(self._given(variable))
            elif variable.clause and self._needs_some(variable, is_last=name == last):
                forms = read_clause(variable.clause, variable.unit)
                said.append(Sentence(forms.some, forms.subject, True))
            said.extend(
                self._statement(constraint) for constraint in here if constraint not in first
            )
        for constraint in self.generic:
            said.append(Sentence(relation_words(constraint.relation, self.words)))
        return said

    def _defines_alone(self, constraint: Constraint, name: str) -> bool:
        """Whether the spoken constraint says what `name` is, by other quantities and not by its number."""
        return name in _defines(constraint.relation) and not _slots(constraint.statement or "")

    def _places(self) -> dict[str, list[Constraint]]:
        """After which variable each spoken constraint is told: the last of those it speaks of."""
        order = {variable.name: i for i, variable in enumerate(self.problem.variables)}
        places: dict[str, list[Constraint]] = {}
        defined: dict[str, str] = {}  # what a sentence told before defines, and where it is told
        for constraint in self.spoken:
            relation = constraint.relation
            own = _slots(constraint.statement or "") or relation.symbols
            names = {*own, *(defined[name] for name in relation.symbols if name in defined)}
            if names:
                place = max(names, key=order.__getitem__)
                places.setdefault(place, []).append(constraint)
                defined |= dict.fromkeys(_defines(relation), place)
        return places

    def _last_clause(self) -> str:
        told = [v.name for v in self.problem.variables if v.clause and not v.distractor]
        return told[-1] if told else ""

    def _given(self, variable: Variable) -> Sentence:
        value = variable.value or Fraction(0)
        text = number_text(value, variable.unit)
        if variable.clause:
            forms = read_clause(variable.clause, variable.unit)
            said = forms.one if takes_singular(value, text) else forms.many
            return Sentence(said.replace("#", text), forms.subject, True)
        name = self.words(variable.name)
        if name == variable.name:
            return Sentence(f"{name} = {text}")
        if is_measure(variable.unit) and not name.startswith("the number of"):
            text = quantity(value, variable.unit)
        return Sentence(f"{name} is {text}")

    def _statement(self, constraint: Constraint) -> Sentence:
        return Sentence(_fill(constraint.statement or "", self.by_name).strip())

    def _needs_some(self, variable: Variable, is_last: bool) -> bool:
        """Whether an unknown is told of ("Ann has some pens"): when no other sentence does."""
        problem, name = self.problem, variable.name
        mine = [c for c in problem.constraints if name in c.relation.symbols]
        forms = read_clause(variable.clause or "", variable.unit)
        # A statement with slots says what its relation holds of, even where a slot is unknown and
        # a clause has to say it.
        if any(c.statement is None or c.statement.strip() for c in mine):
            # What happens ("Ben gives Ann some pens") still has to be told, what follows has not.
            if not forms.is_thing or any(name in _defines(c.relation) for c in mine):
                return False
        if name in problem.target.symbols:
            is_told = forms.is_thing or "some money" in forms.some
            return is_told and not (forms.is_state or forms.compares or is_last)
        return not forms.is_state and not self._follows(name)

    def _follows(self, name: str) -> bool:
        """Whether the variable comes out of a relation as the last of its quantities."""
        order = [variable.name for variable in self.problem.variables]
        return any(
            max(relation.symbols, key=order.index) == name
            for relation in self.problem.relations
            if name in relation.symbols
            and isinstance(relation, Apply)
            and relation.operator == "=="
        )

    def _domain_sentence(self) -> str:
        """What kind of number the bare letters and unitless unknowns are."""
        kinds: dict[str, list[str]] = {}
        defined = {name for relation in self.problem.relations for name in _defines(relation)}
        defined |= {name for c in self.spoken for name in c.relation.symbols}
        for v in self.problem.unknowns:
            if v.domain in _DOMAIN_WORDS and not v.clause and not v.unit:
                name, kind = self.words(v.name), _DOMAIN_WORDS[v.domain]
                told = v.name in defined or name.startswith("the number of")
                if not told and kind.split()[0] not in name:
                    kinds.setdefault(kind, []).append(name)
        parts = []
        for kind, names in kinds.items():
            if len(names) == 1:
                parts.append(f"{names[0]} is {article(kind)} {kind}")
            else:
                parts.append(f"{join_and(names)} are {plural_phrase(kind)}")
        return " and ".join(parts)

    def words(self, name: str) -> str:
        """Noun phrase, letter or value of the variable `name`; an index of a sum stays a letter."""
        variable = self.by_name.get(name)
        if variable is None:
            return name
        if name in self.inline and variable.value is not None:
            return number_text(variable.value, variable.unit)
        said = _noun_phrase(variable.name, variable.meaning, variable.unit, variable.clause)
        if "{" not in said:
            return said
        # A phrase with a value that is not given (any more) cannot be said.
        known = all(slot in self.by_name and self.by_name[slot].is_given for slot in _slots(said))
        return _fill(said, self.by_name) if known else name

    def called_alike(self) -> tuple[str, str] | None:
        """Two quantities that the text calls the same, which then could be either; None if there are none."""
        said = {
            v.name
            for v in self.problem.givens
            if not v.clause and v.name not in self.inline and v.name not in self.stated
        }
        for constraint in self.generic:
            said |= constraint.relation.symbols & self.by_name.keys() - self.inline
        if not self.asked:
            said |= self.problem.target.symbols
        called: dict[str, str] = {}
        for variable in self.problem.variables:
            if variable.name in said:
                other = called.setdefault(self.words(variable.name).lower(), variable.name)
                if other != variable.name:
                    return other, variable.name
        return None

    def start(self, sentence: str) -> str:
        """Raise the first letter, unless a variable's letter starts the sentence ("x is 5")."""
        first = _NAME.match(sentence)
        bare = first is not None and first[0] in self.by_name and self.words(first[0]) == first[0]
        return sentence if bare or starts_formula(sentence) else capitalize(sentence)

    def question(self, indirect: bool) -> str:
        """The question without its question mark, its first letter as it comes."""
        problem = self.problem
        if self.asked:
            return _fill(self.asked, self.by_name).rstrip("? ")
        if problem.query == "count":
            return self._count_question()
        target = problem.target
        name = target.name if isinstance(target, Symbol) else ""
        what = expression_words(target, self.words)
        if problem.query in ("minimum", "maximum"):
            extreme = "least" if problem.query == "minimum" else "greatest"
            if what.startswith("the number of "):
                return f"what is the {extreme} possible {what[4:]}"
            return f"what is the {extreme} possible value of {what}"
        if name and self.by_name[name].clause:
            forms = read_clause(self.by_name[name].clause or "", self.by_name[name].unit)
            return f"can you find {forms.indirect}" if indirect else forms.question
        if asked := self._quoted(name):
            return asked
        unit = self.by_name[name].unit if name else ""
        if unit and is_measure(unit) and not what.startswith("the number of"):
            return f"what is {what} in {plural(unit)}"
        return f"what is {what}"

    def _quoted(self, name: str) -> str:
        """The question that a formalized text asks for it with; "" where that has a value that is not given."""
        written = quoted_question(self.by_name[name].meaning) if name else ""
        known = {variable.name for variable in self.problem.givens}
        return (
            _fill(written, self.by_name).rstrip("? ") if known.issuperset(_slots(written)) else ""
        )

    def _count_question(self) -> str:
        free = self._undetermined()
        names = [self.words(name) for name in free]
        if len(names) == 1:
            return f"how many values can {names[0]} have"
        if free == names and len(names) in (2, 3):
            kind = "pairs" if len(names) == 2 else "triples"
            return f"how many such {kind} ({', '.join(names)}) are there"
        return f"in how many ways can {join_and(names)} be chosen"

    def _undetermined(self) -> list[str]:
        """The unknowns that no equations give, by themselves or together, from the givens."""
        known = solve_linear(self.problem).known
        free = [v.name for v in self.problem.unknowns if v.name not in known]
        return free or [v.name for v in self.problem.unknowns]


def _defines(relation: Expression) -> Iterator[str]:
    """The unknown that an equation gives outright: x in x == 3*y + 1."""
    if isinstance(relation, Apply) and relation.operator == "==":
        left, right = relation.arguments
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Symbol) and one.name not in other.symbols:
                yield one.name


def plural_phrase(kind: str) -> str:
    """ "positive integer" -> "positive integers"."""
    head, _, last = kind.rpartition(" ")
    return f"{head} {plural(last)}".strip()


def noun_phrase(variable: Variable) -> str:
    """ "the number of pens Ann has now": what the variable's value is called in a sentence."""
    return _noun_phrase(variable.name, variable.meaning, variable.unit, variable.clause)


@lru_cache(maxsize=8192)
def _noun_phrase(name: str, meaning: str, unit: str, clause: str | None) -> str:
    meaning = meaning.strip()
    if not meaning:
        return read_clause(clause, unit).phrase if clause else name
    if asked := quoted_phrase(meaning):
        return asked
    words = meaning.split()
    if words[0].lower() in ("the", "a", "an", "how", "each", "his", "her", "their", "this"):
        return lower_first(meaning)
    if words[0].endswith("'s") or words[0].endswith("s'"):
        return meaning
    # "number of pens", "smallest number"; but "different number plates" are counted.
    at = words.index("number") + 1 if "number" in words[:3] else 0
    is_number = bool(at) and not (at < len(words) and is_plural(words[at]))
    if words[0] in ("sum", "total", "product", "difference") or is_number:
        return f"the {meaning}"
    counted = unit and f" {plural(unit)} " in f" {' '.join(words[:4])} "
    if words[0] != "percent" and (counted or is_plural(words[0])):
        extra = words[0] == "more" and "than" not in words
        return f"the number of {meaning.replace('more', 'extra', 1) if extra else meaning}"
    return meaning if words[0][:1].isupper() or len(words[0]) == 1 else f"the {meaning}"


@lru_cache(maxsize=8192)
def _slots(statement: str) -> tuple[str, ...]:
    return tuple(SLOT.findall(statement))


@lru_cache(maxsize=8192)
def _mentions(text: str, name: str) -> int:
    return len(re.findall(rf"\b{name}\b", text))


def _fill(statement: str, by_name: dict[str, Variable]) -> str:
    """Put the values into the slots; with a 1 the noun and "are" are made singular, and the article before a
    number is the number's: "a 9-hour shift", "an 8-hour shift"."""
    has_pence = are_pounds_money(statement)

    def text(name: str) -> str:
        unit = by_name[name].unit
        unit = "kg" if unit == "pound" and not has_pence else unit  # 2.5 pounds of nuts
        return number_text(by_name[name].value or Fraction(0), unit)

    for name in _slots(statement):
        if by_name[name].value == 1:
            statement = _say_one(statement, f"{{{name}}}", by_name[name].unit)
        before = rf"\b([Aa])n? (?=[$€£]?\{{{name}\}})"
        statement = re.sub(before, rf"\g<1>{article(text(name))[1:]} ", statement)
    return SLOT.sub(lambda match: text(match[1]), statement)


def _say_one(statement: str, slot: str, unit: str) -> str:
    """ "There are {n} girls" -> "There is {n} girl", "{n} are ill" -> "{n} is ill"."""
    head, _, tail = statement.partition(slot)
    end = _PUNCTUATION.search(tail)
    stop = end.start() if end else len(tail)
    group, more = split_noun_group(tail[:stop], unit)
    head = f"{head[:-5]} is " if head.endswith(" are ") else head
    if not group or group.startswith("times"):
        agreeing = f" is {tail[5:]}" if tail.startswith(" are ") else tail
        return f"{head}{slot}{agreeing}"
    return f"{head}{slot} {singular_group(group)} {more}".rstrip() + tail[stop:]
