"""Articles in the order of telling: "a triangle" where it is first spoken of, "the triangle" then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from zoped.foundation.words import word_set
from zoped.symbolic.wording.inflection import article, is_measure, plural
from zoped.symbolic.wording.telling import Sentence

# Shapes are no things that everybody knows of: the first one needs "a" even where none is written.
SHAPES = word_set(
    "square rectangle triangle circle cube cylinder cone sphere pentagon hexagon octagon polygon "
    "trapezoid parallelogram rhombus prism pyramid quadrilateral"
)
_ARTICLE = re.compile(
    r"\b([Tt]he|[Aa]n?) ([a-z]+)(?=[.,?!]|$| (?:is|are|has|with|and|for|on|in)\b)"
)
_NOT_THINGS = frozenset(
    {"time", "sum", "number", "total", "rest", "same", "other", "first", "second"}
)


def introduced(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences with "the" and "a" changed places where "the garden" came before "a garden"."""
    texts = [sentence.text for sentence in sentences]
    changes = _changed(tuple(texts))
    return [
        sentence
        if text == sentence.text
        else replace(sentence, text=text, subject=_subject(sentence, text))
        for sentence, text in zip(sentences, changes, strict=True)
    ]


def _subject(sentence: Sentence, text: str) -> str:
    """The subject with the article that the text has now."""
    _, _, rest = sentence.subject.partition(" ")
    first = text.split(" ")[0]
    return f"{first} {rest}" if rest and text.startswith(f"{first} {rest}") else ""


@lru_cache(maxsize=2048)
def _changed(texts: tuple[str, ...]) -> tuple[str, ...]:
    first: dict[str, tuple[int, re.Match[str]]] = {}
    later: dict[str, list[tuple[int, re.Match[str]]]] = {}
    for i, text in enumerate(texts):
        for match in _ARTICLE.finditer(text):
            noun = match[2]
            if noun in _NOT_THINGS or (is_measure(noun) and noun not in SHAPES):
                continue
            if noun not in first:
                first[noun] = (i, match)
            elif match[1] in ("a", "an", "A", "An"):
                later.setdefault(noun, []).append((i, match))
    edits: list[tuple[int, int, int, str]] = []  # sentence, from, to, new article
    for noun, (i, match) in first.items():
        if match[1].lower() != "the" or not (noun in later or noun in SHAPES):
            continue
        if _spoken_of(noun, texts, i, match.start()):
            continue
        for place, found in ((i, match), *later.get(noun, [])):
            word = article(noun) if found is match else "the"
            if found[1][0].isupper():
                word = word.capitalize()
            edits.append((place, found.start(1), found.end(1), word))
    result = list(texts)
    for place, start, end, word in sorted(edits, reverse=True):
        result[place] = result[place][:start] + word + result[place][end:]
    return tuple(result)


def _spoken_of(noun: str, texts: Sequence[str], i: int, start: int) -> bool:
    """Whether the text spoke of such a thing before, in other words ("three boxes")."""
    before = " ".join([*texts[:i], texts[i][:start]])
    return re.search(rf"\b(?:{noun}|{plural(noun)})\b", before) is not None
