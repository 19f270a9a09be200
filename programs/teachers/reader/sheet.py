"""A problem that a strategy is carried out on, field by field."""

from __future__ import annotations

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
    other_words: bool = False  # to be told as no rewrite is
    telling: str = ""
    of_number: str = ""  # the same, said of a number #
    forgotten: tuple[str, ...] = ()  # givens that are no longer told

    def tell(self, *ways: str, others: tuple[str, ...] = ()) -> None:
        """What the text goes on with, in one of these ways; {x} is the value of the given x. It ends in the
        question, unless that stays. `others` are for texts that are held out."""
        self.telling = self.rng.choice(others if self.other_words and others else ways)

    def tell_of_number(self, way: str) -> None:
        """What a text goes on with that has called the old answer "#", for where its things cannot be pointed at."""
        self.of_number = way

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

    def new_name(self, *stems: str) -> str:
        taken = {v["name"] for v in self.fields["variables"]}
        stem = self.rng.choice(stems)
        return next(n for n in (stem, *(f"{stem}{i}" for i in range(2, 40))) if n not in taken)

    def given(self, value: int | Fraction, unit: str, meaning: str, *stems: str) -> str:
        domain = "positive_real" if Fraction(value).denominator != 1 else "positive_integer"
        return self._add(str(value), unit, meaning, stems, domain)

    def unknown(self, unit: str, meaning: str, *stems: str) -> str:
        return self._add("", unit, meaning, stems, "positive_integer")

    def forget(self, *names: str) -> None:
        self.forgotten += names
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
        domain: str,
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
        return noun(self.variable(self.target))


def clear(sheet: Sheet, *variables: dict[str, str]) -> bool:
    """Whether the meanings say which quantities they are: "books on Monday", or "books" where nothing else is
    counted in books, be it what is asked for."""
    for variable in variables:
        others = [v for v in sheet.fields["variables"] if v is not variable]
        meaning = variable["meaning"]
        if not meaning or any(v["meaning"] == meaning for v in others):
            return False
        bare = len(meaning.split()) == 1
        if bare and any(v["unit"] == variable["unit"] for v in others):
            return False
    return True


def slot(name: str) -> str:
    return f"{{{name}}}"


def two_alike(sheet: Sheet) -> tuple[dict[str, str], dict[str, str]] | None:
    """Two whole givens of the same unit, where there are any."""
    wholes = sheet.wholes
    pairs = [
        (a, b) for i, a in enumerate(wholes) for b in wholes[i + 1 :] if a["unit"] == b["unit"]
    ]
    return sheet.rng.choice(pairs) if pairs else None


def both(first: dict[str, str], second: dict[str, str]) -> str:
    return f"{first['meaning'] or first['name']} and {second['meaning'] or second['name']}"


def noun(variable: dict[str, str]) -> str:
    """What it is counted in, in the plural."""
    unit = variable["unit"]
    return plural(unit) if unit.isalpha() else unit or "number"
