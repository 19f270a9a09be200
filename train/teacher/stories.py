"""Word problems from the tellings that were written for this: many ways to say each relation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from random import Random

import yaml

from zoped.foundation.words import CARDINALS
from zoped.symbolic.language.evaluate import evaluate
from zoped.symbolic.language.expression import Apply, Expression
from zoped.symbolic.language.parse import parse_expression
from zoped.symbolic.wording.inflection import capitalize

SHE = """Amina Bella Clara Daisy Ellen Fatima Grace Hanna Iris Julia Lena Maria Nina Olga Priya Rosa
Sofia Tara Vera Yuki"""
HE = """Aaron Bruno Carlos David Erik Felix George Hugo Ivan Jonas Karim Luis Marco Nils Omar Pedro
Ravi Simon Tim Victor"""
NAMES = (("she", "her", SHE.split()), ("he", "his", HE.split()))
THINGS = (
    "apples", "pears", "oranges", "lemons", "cookies", "muffins", "eggs", "books", "pencils",
    "crayons", "marbles", "stickers", "coins", "shells", "stones", "cards", "stamps", "buttons",
    "beads", "balloons", "candles", "flowers", "roses", "tulips", "seeds", "bottles", "cups",
    "plates", "toys", "kites", "balls", "photos", "tickets", "postcards", "keys", "nails", "bricks",
    "leaves", "feathers", "carrots", "tomatoes", "onions", "peanuts", "candies", "pencils",
    "erasers", "badges", "puzzles", "magnets", "ribbons",
)  # fmt: skip
PLACES = (
    "in the garden", "at the market", "in the park", "on the beach", "at school", "in the barn",
    "in the cellar", "behind the house", "in the shop", "at the fair", "in the library", "on the farm",
)  # fmt: skip
IDLE_SHARE, WORDS_SHARE = 0.15, 0.12  # with a number that is not needed; with a number in words
_WORDS = {value: word for word, value in CARDINALS.items() if 2 <= value <= 20}
_SENTENCES = re.compile(r"(?<=[.!?]) ")


@dataclass(frozen=True)
class Telling:
    """What is asked for, as text and as a formula over a, b, c, d, and the ways to tell it; whether they
    fit values such as 2.75."""

    answer: str
    formula: Expression
    texts: tuple[str, ...]
    decimals: bool = False


@dataclass(frozen=True)
class Story:
    """A text and the formula of its numbers."""

    text: str
    formula: str


@lru_cache(maxsize=1)
def tellings() -> tuple[tuple[Telling, ...], tuple[str, ...]]:
    """The tellings by relation, and the sentences with a number that nothing needs."""
    path = resources.files("zoped.train.teacher") / "data" / "tellings.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    relations = [
        Telling(
            r["answer"],
            parse_expression(r["answer"]),
            tuple(r["tellings"]),
            r.get("decimals", False),
        )
        for r in rows
        if "answer" in r
    ]
    idle = [text for row in rows if row.get("idle") for text in row["tellings"]]
    return tuple(relations), tuple(idle)


def stories(rng: Random) -> Iterator[Story]:
    """Endless stories. Those with many tellings come as often as there are tellings."""
    relations, idle = tellings()
    weights = [len(relation.texts) ** 0.7 for relation in relations]
    while True:
        telling = rng.choices(relations, weights)[0]
        values = (_decimals if telling.decimals else _values)(telling.formula, rng)
        if values is None:
            continue
        words = _words(rng)
        text = rng.choice(telling.texts)
        if "d" not in values:
            values["d"] = Fraction(
                rng.choice([n for n in range(3, 60) if n not in values.values()])
            )
            if "{d}" not in text and rng.random() < IDLE_SHARE:
                text = _with_idle(text, rng.choice(idle), rng)
        shown = _shown(values, rng)
        literal = {name: _decimal(value) for name, value in values.items()}
        formula = re.sub(r"\b[abcd]\b", _filling(literal), telling.answer)
        yield Story(_told(text, words, shown), formula)


def _decimals(formula: Expression, rng: Random) -> dict[str, Fraction] | None:
    """Different values, some of them with one or two decimals; None where twenty draws had none."""
    names = sorted(formula.symbols)
    for _ in range(20):
        most = rng.choice((3, 12, 60))
        values = {n: Fraction(rng.randint(1, 100 * most), 100) for n in names}
        scale = rng.choice((100, 10, 10, 4, 2))
        values = {n: Fraction(round(v * scale), scale) for n, v in values.items()}
        if rng.random() < 0.3:
            whole = rng.choice(names)
            values[whole] = Fraction(max(1, round(values[whole])))
        if (
            len({*values.values()}) == len(values)
            and all(values.values())
            and _positive(formula, values)
        ):
            return values
    return None


def _values(formula: Expression, rng: Random) -> dict[str, Fraction] | None:
    """Different whole numbers whose result is whole and positive; None where twenty draws had none."""
    names = sorted(formula.symbols)
    product = any(sign in str(formula) for sign in "*/")
    for _ in range(20):
        largest = rng.choice((12, 20, 60) if product else (12, 20, 100, 400))
        values = {name: rng.randint(2, largest) for name in names}
        if "/" in str(formula) and "100" not in str(formula):
            values["a"] *= rng.choice((1, rng.randint(2, 12)))
        if percent := re.search(r"\*([abcd])/100", str(formula)):
            values = {name: 10 * rng.randint(2, 40) for name in names}
            values[percent[1]] = 5 * rng.randint(1, 19)
        exact = {n: Fraction(v) for n, v in values.items()}
        if len({*exact.values()}) < len(exact) or not _positive(formula, exact):
            continue
        if evaluate(formula, exact).denominator == 1:
            return exact
    return None


def _positive(formula: Expression, values: Mapping[str, Fraction]) -> bool:
    """Whether all that is worked out on the way is positive: nobody loses more than he has."""
    if not isinstance(formula, Apply):
        return True
    return evaluate(formula, values) > 0 and all(_positive(a, values) for a in formula.arguments)


def _words(rng: Random) -> dict[str, str]:
    he, his, names = rng.choice(NAMES)
    person = rng.choice(names)
    other, third = rng.sample([n for _, _, bank in NAMES for n in bank if n != person], 2)
    things, others, more = rng.sample(sorted({*THINGS}), 3)
    return {
        "P": person, "Q": other, "R": third, "t": things, "u": others, "w": more, "he": he, "his": his,
        "x": rng.choice(PLACES),
    }  # fmt: skip


def _with_idle(text: str, sentence: str, rng: Random) -> str:
    """The text with the sentence anywhere before the question."""
    parts = _SENTENCES.split(text)
    if len(parts) < 2:
        return f"{sentence} {text}"
    parts.insert(rng.randrange(1, len(parts)), sentence)
    return " ".join(parts)


def _shown(values: dict[str, Fraction], rng: Random) -> dict[str, str]:
    in_words = rng.random() < WORDS_SHARE
    return {
        name: _WORDS[int(value)] if in_words and value in _WORDS else _decimal(value)
        for name, value in values.items()
    }


def _decimal(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.2f}".rstrip("0")


def _told(text: str, words: dict[str, str], numbers: dict[str, str]) -> str:
    for name in ("he", "his"):
        begun = words[name].capitalize()
        text = re.sub(rf"(^|[.!?] )\{{{name}\}}", rf"\1{begun}", text)
    told = re.sub(r"\{(\w+)\}", _filling({**words, **numbers}, 1), text)
    return " ".join(capitalize(sentence) for sentence in _SENTENCES.split(told))


def _filling(values: Mapping[str, str], group: int = 0) -> Callable[[re.Match[str]], str]:
    return lambda match: values[match[group]]
