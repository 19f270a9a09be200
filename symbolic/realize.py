"""Realization: a word problem in plain English from a symbolic problem, by rules.

Every given is stated once, in the order of the variables; what the story implies is not said;
one question ends the text. The seed picks names, objects and phrasing, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from zoped.symbolic.clauses import read_clause, split_noun_group
from zoped.symbolic.english import (
    FEMALE_NAMES,
    FOODS,
    MALE_NAMES,
    PRONOUNS,
    THINGS,
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
    swap_words,
    takes_singular,
)
from zoped.symbolic.expression import Apply, Expression, Symbol
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.relation_words import expression_words, relation_words, starts_formula

_SLOT = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORD = re.compile(r"[A-Za-z]+")
_BANKS = (FEMALE_NAMES, MALE_NAMES, THINGS, FOODS)
_BANK_OF = {word: bank for bank in _BANKS for word in bank} | {
    plural(word): bank for bank in (THINGS, FOODS) for word in bank
}
_DOMAIN_WORDS = {
    Domain.POSITIVE_INTEGER: "positive integer",
    Domain.NONNEGATIVE_INTEGER: "nonnegative integer",
    Domain.INTEGER: "integer",
    Domain.POSITIVE_REAL: "positive number",
}


@dataclass(frozen=True, slots=True)
class _Sentence:
    """`subject`: what it starts with and a pronoun can replace; `is_clause`: may be joined."""

    text: str
    subject: str = ""
    is_clause: bool = False


def realize(problem: SymbolicProblem, seed: int) -> str:
    """The problem as English text; the same problem and seed give the same text."""
    rng = Random(seed)
    teller = _Teller(problem)
    sentences = teller.sentences()
    question = teller.question(indirect=rng.random() < 0.12)
    if rng.random() < 0.5:
        sentences, question = _with_pronouns(sentences, question)
    parts = [teller.start(sentence.text) for sentence in sentences]
    if rng.random() < 0.3:
        parts = _join_first_two(sentences, parts)
    text = " ".join(f"{part}." if part[-1:] not in ".?!" else part for part in parts if part)
    text = f"{text} {capitalize(question)}?".strip()
    return swap_words(text, _swaps(text, rng))


class _Teller:
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

    def sentences(self) -> list[_Sentence]:
        """Everything before the question, in telling order."""
        said = [_Sentence(self.problem.story.strip())] if self.problem.story.strip() else []
        domains = self._domain_sentence()
        if domains:
            said.append(_Sentence(domains))
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
                said.append(_Sentence(forms.some, forms.subject, True))
        said.extend(self._statement(constraint) for constraint in waiting)
        for constraint in self.generic:
            said.append(_Sentence(relation_words(constraint.relation, self.words)))
        return said

    def _last_clause(self) -> str:
        return next((v.name for v in reversed(self.problem.variables) if v.clause), "")

    def _given(self, variable: Variable) -> _Sentence:
        value = variable.value
        assert value is not None
        text = number_text(value, variable.unit)
        if variable.clause:
            forms = read_clause(variable.clause, variable.unit)
            said = forms.one if takes_singular(value, text) else forms.many
            return _Sentence(said.replace("#", text), forms.subject, True)
        name = self.words(variable.name)
        if name == variable.name:
            return _Sentence(f"{name} = {text}")
        if is_measure(variable.unit) and not name.startswith("the number of"):
            text = quantity(value, variable.unit)
        return _Sentence(f"{name} is {text}")

    def _statement(self, constraint: Constraint) -> _Sentence:
        return _Sentence(_fill(constraint.statement or "", self.by_name).strip())

    def _needs_some(self, variable: Variable, is_last: bool) -> bool:
        """Whether an unknown is told of ("Ann has some pens"): when no other sentence does."""
        problem, name = self.problem, variable.name
        for constraint in (*self.spoken, *self.generic):
            if name in constraint.relation.symbols:
                return False
        forms = read_clause(variable.clause or "", variable.unit)
        if name in problem.target.symbols:
            return forms.is_thing and not forms.is_state and not is_last
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


def _with_pronouns(sentences: list[_Sentence], question: str) -> tuple[list[_Sentence], str]:
    """Say "she" where the sentence goes on about the one person just named."""
    result: list[_Sentence] = []
    before: set[str] = set()  # people in the sentence before
    people: set[str] = set()
    for sentence in sentences:
        names = _people(sentence.text)
        subject = sentence.subject
        if subject in PRONOUNS and before == names == {subject}:
            if sentence.text.count(subject) == 1:
                text = PRONOUNS[subject] + sentence.text[len(subject) :]
                sentence = _Sentence(text, "", sentence.is_clause)
        result.append(sentence)
        before = names
        people |= names
    names = _people(question)
    if len(names) == 1 and people == names == before:
        (name,) = names
        if question.count(name) == 1 and f" {name} " in question:
            question = question.replace(f" {name} ", f" {PRONOUNS[name]} ")
    return result, question


def _people(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if word in PRONOUNS}


def _join_first_two(sentences: list[_Sentence], parts: list[str]) -> list[str]:
    """ "Ann has 5 pens and Ben has 3 pens" out of the first two clauses in a row."""
    for i in range(len(parts) - 1):
        first, second = sentences[i], sentences[i + 1]
        if first.is_clause and second.is_clause:
            if "," in first.text or " and " in first.text + second.text:
                return parts
            return [*parts[:i], f"{parts[i]} and {_continuation(first, second)}", *parts[i + 2 :]]
    return parts


def _continuation(first: _Sentence, second: _Sentence) -> str:
    """The second sentence after "and": without its subject, and its verb, where they repeat."""
    text = second.text
    if not second.subject or _bare(second.subject) != _bare(first.subject):
        return lower_first(text)
    text = text[len(second.subject) + 1 :]
    verb, _, rest = text.partition(" ")
    same = first.text[len(first.subject) + 1 :].partition(" ")
    return rest if same[0] == verb and same[2][:1].isdigit() and rest[:1].isdigit() else text


def _bare(subject: str) -> str:
    return subject.partition(" ")[2] if subject.startswith(("A ", "An ", "The ")) else subject


def _swaps(text: str, rng: Random) -> dict[str, str]:
    """New names and objects for those of the banks in `text`, one to one within each bank."""
    used = dict.fromkeys(word for word in _WORD.findall(text) if word.lower() in _LOWER_BANK)
    swaps: dict[str, str] = {}
    for bank in _BANKS:
        singulars = dict.fromkeys(_singular_in(bank, word) for word in used)
        here = [word for word in singulars if word]
        if not here:
            continue
        for old, new in zip(here, rng.sample(bank, len(here)), strict=True):
            for form, other in _pairs(old, new):
                swaps[form] = other
    return swaps


_LOWER_BANK = frozenset(word.lower() for word in _BANK_OF)


@lru_cache(maxsize=4096)
def _singular_in(bank: tuple[str, ...], word: str) -> str:
    if word in bank and word[0].isupper():
        return word
    lower = word.lower()
    if bank in (THINGS, FOODS):
        return next((noun for noun in bank if lower in (noun, plural(noun))), "")
    return ""


@lru_cache(maxsize=4096)
def _pairs(old: str, new: str) -> tuple[tuple[str, str], ...]:
    if old[0].isupper():
        return ((old, new),)
    forms = ((old, new), (plural(old), plural(new)))
    return forms + tuple((a.capitalize(), b.capitalize()) for a, b in forms)
