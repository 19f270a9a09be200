"""Tells a symbolic problem sentence by sentence: which are said, in what order, and the question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from zoped.symbolic.clauses import read_clause, split_noun_group
from zoped.symbolic.english import (
    article,
    capitalize,
    is_measure,
    is_plural,
    join_and,
    lower_first,
    number_text,
    plural,
    quantity,
    singular,
    takes_singular,
)
from zoped.symbolic.expression import Apply, Expression, Symbol
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.relation_words import expression_words, relation_words, starts_formula

_SLOT = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
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
        self.stated = {name for c in self.spoken for name in _slots(c.statement or "")}
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
        waiting = list(self.spoken)
        told: set[str] = set()
        last = self._last_clause()
        for variable in self.problem.variables:
            if variable.name in self.stated:
                told.add(variable.name)
                for constraint in list(waiting):
                    slots = _slots(constraint.statement or "")
                    if variable.name in slots and set(slots) <= told:
                        waiting.remove(constraint)
                        said.append(self._statement(constraint))
            elif variable.value is not None:
                if variable.name not in self.inline:
                    said.append(self._given(variable))
            elif variable.clause and self._needs_some(variable, is_last=variable.name == last):
                forms = read_clause(variable.clause, variable.unit)
                said.append(Sentence(forms.some, forms.subject, True))
        said.extend(self._statement(constraint) for constraint in waiting)
        for constraint in self.generic:
            said.append(Sentence(relation_words(constraint.relation, self.words)))
        return said

    def _last_clause(self) -> str:
        return next((v.name for v in reversed(self.problem.variables) if v.clause), "")

    def _given(self, variable: Variable) -> Sentence:
        value = variable.value
        assert value is not None
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
        for constraint in problem.constraints:
            # A statement with slots says what its relation holds of, even where a slot is unknown
            # and a clause has to say it.
            if constraint.statement is None or constraint.statement.strip():
                if name in constraint.relation.symbols:
                    return False
        forms = read_clause(variable.clause or "", variable.unit)
        if name in problem.target.symbols:
            return forms.is_thing and not (forms.is_state or forms.compares or is_last)
        return not forms.is_state

    def _domain_sentence(self) -> str:
        """What kind of number the bare letters and unitless unknowns are."""
        kinds: dict[str, list[str]] = {}
        defined = {name for relation in self.problem.relations for name in _defines(relation)}
        for v in self.problem.unknowns:
            if v.domain in _DOMAIN_WORDS and not v.clause and not v.unit:
                if v.name not in defined and not self.words(v.name).startswith("the number of"):
                    kinds.setdefault(_DOMAIN_WORDS[v.domain], []).append(self.words(v.name))
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
        return _noun_phrase(variable.name, variable.meaning, variable.unit, variable.clause)

    def start(self, sentence: str) -> str:
        """Raise the first letter, unless a variable's letter starts the sentence ("x is 5")."""
        first = _NAME.match(sentence)
        bare = first is not None and first[0] in self.by_name and self.words(first[0]) == first[0]
        return sentence if bare or starts_formula(sentence) else capitalize(sentence)

    def question(self, indirect: bool) -> str:
        """The question without its question mark, its first letter as it comes."""
        problem = self.problem
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
        unit = self.by_name[name].unit if name else ""
        if unit and is_measure(unit) and not what.startswith("the number of"):
            return f"what is {what} in {plural(unit)}"
        return f"what is {what}"

    def _count_question(self) -> str:
        names = [self.words(v.name) for v in self.problem.unknowns]
        bare = [v.name for v in self.problem.unknowns] == names
        if len(names) == 1:
            return f"how many values can {names[0]} have"
        if bare and len(names) <= 3:
            kind = "pairs" if len(names) == 2 else "triples"
            return f"how many such {kind} ({', '.join(names)}) are there"
        return f"in how many ways can {join_and(names)} be chosen"


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
    words = meaning.split()
    if words[0].lower() in ("the", "a", "an", "how", "each", "his", "her", "their"):
        return lower_first(meaning)
    if words[0].endswith("'s") or words[0].endswith("s'"):
        return meaning
    if words[0] in ("number", "sum", "total", "product", "difference"):
        return f"the {meaning}"
    if (unit and plural(unit) in " ".join(words[:4])) or is_plural(words[0]):
        return f"the number of {meaning}"
    return meaning if words[0][:1].isupper() or len(words[0]) == 1 else f"the {meaning}"


@lru_cache(maxsize=8192)
def _slots(statement: str) -> tuple[str, ...]:
    return tuple(_SLOT.findall(statement))


@lru_cache(maxsize=8192)
def _mentions(text: str, name: str) -> int:
    return len(re.findall(rf"\b{name}\b", text))


def _fill(statement: str, by_name: dict[str, Variable]) -> str:
    """Put the values into the slots; after a 1 the noun is made singular."""

    def value(match: re.Match[str]) -> str:
        variable = by_name[match[1]]
        assert variable.value is not None
        return number_text(variable.value, variable.unit)

    for name in _slots(statement):
        variable = by_name[name]
        if variable.value == 1:
            head, _, tail = statement.partition(f"{{{name}}}")
            group, rest = split_noun_group(tail.strip(), variable.unit)
            if group and not group.startswith("times"):
                words = [singular(word) for word in group.split()]
                statement = f"{head}{{{name}}} {' '.join(words)} {rest}".rstrip()
    return _SLOT.sub(value, statement)
