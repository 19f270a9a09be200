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

from zoped.foundation.number_words import CARDINALS
from zoped.symbolic.language.evaluate import evaluate
from zoped.symbolic.language.expression import Expression
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
    """What is asked for, as text and as a formula over a, b, c, d, and the ways to tell it."""

    answer: str
    formula: Expression
    texts: tuple[str, ...]


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
        Telling(r["answer"], parse_expression(r["answer"]), tuple(r["tellings"]))
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
        values = _values(telling.formula, rng)
        if values is None:
            continue
        words = _words(rng)
        text = rng.choice(telling.texts)
        if rng.random() < IDLE_SHARE and "{d}" not in text:
            values["d"] = rng.choice([n for n in range(3, 60) if n not in values.values()])
            text = _with_idle(text, rng.choice(idle), rng)
        shown = _shown(values, rng)
        literal = {name: str(value) for name, value in values.items()}
        formula = re.sub(r"\b[abcd]\b", _filling(literal), telling.answer)
        yield Story(_told(text, words, shown), formula)


def _values(formula: Expression, rng: Random) -> dict[str, int] | None:
    """Different whole numbers whose result is whole and positive; None where twenty draws had none."""
    names = sorted(formula.symbols)
    product = any(sign in str(formula) for sign in "*/")
    for _ in range(20):
        largest = rng.choice((12, 20, 60) if product else (12, 20, 100, 400))
        values = {name: rng.randint(2, largest) for name in names}
        if "/" in str(formula) and "100" not in str(formula):
            values["a"] *= rng.choice((1, rng.randint(2, 12)))
        if "100" in str(formula):
            values = {"a": 10 * rng.randint(2, 40), "b": 5 * rng.randint(1, 19)}
        result = evaluate(formula, {n: Fraction(v) for n, v in values.items()})
        numbers = {*values.values()}
        if len(numbers) == len(values) and result > 0 and result.denominator == 1:
            return values
    return None


def _words(rng: Random) -> dict[str, str]:
    he, his, names = rng.choice(NAMES)
    person = rng.choice(names)
    other = rng.choice([n for _, _, bank in NAMES for n in bank if n != person])
    things, others = rng.sample(THINGS, 2)
    return {
        "P": person, "Q": other, "t": things, "u": others, "he": he, "his": his,
        "x": rng.choice(PLACES),
    }  # fmt: skip


def _with_idle(text: str, sentence: str, rng: Random) -> str:
    """The text with the sentence anywhere before the question."""
    parts = _SENTENCES.split(text)
    if len(parts) < 2:
        return f"{sentence} {text}"
    parts.insert(rng.randrange(1, len(parts)), sentence)
    return " ".join(parts)


def _shown(values: dict[str, int], rng: Random) -> dict[str, str]:
    in_words = rng.random() < WORDS_SHARE
    return {
        name: _WORDS[value] if in_words and value in _WORDS else str(value)
        for name, value in values.items()
    }


def _told(text: str, words: dict[str, str], numbers: dict[str, str]) -> str:
    for name in ("he", "his"):
        begun = words[name].capitalize()
        text = re.sub(rf"(^|[.!?] )\{{{name}\}}", rf"\1{begun}", text)
    told = re.sub(r"\{(\w+)\}", _filling({**words, **numbers}, 1), text)
    return " ".join(capitalize(sentence) for sentence in _SENTENCES.split(told))


def _filling(values: Mapping[str, str], group: int = 0) -> Callable[[re.Match[str]], str]:
    return lambda match: values[match[group]]
