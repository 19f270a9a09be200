"""Numbers that belong to a story and have nothing to do with its answer."""

from __future__ import annotations

import re
from functools import lru_cache

from zoped.symbolic.wording.inflection import PRONOUNS

# Where one of the words occurs, the clause belongs to the story. {who}: a person of the story;
# {other}: somebody new.
BY_WORD: tuple[tuple[str, str, str], ...] = (
    (r"\bfarm", "The farm [has] # tractors", "tractor"),
    (r"\bfarm", "The farm [has] # gates", "gate"),
    (r"\b(?:school|class)\b", "The school [has] # rooms", "room"),
    (r"\b(?:school|class)\b", "The school [is] # years old", "year"),
    (r"\bclub", "The club [meets] # times a month", "time"),
    (r"\b(?:theatre|cinema)", "The theatre [has] # rows of seats", "row of seats"),
    (r"\A(?!.*\bcars?\b)(?s:.*)\btrains?\b", "Each train [has] # carriages", "carriage"),
    (r"\bbus(?:es)?\b", "Each bus [has] # seats", "seat"),
    (
        r"\b(?:[Aa]|[Tt]he|[Hh]is|[Hh]er) (?:[a-z]+ )?car\b(?! [a-z]*[yr]\b)",
        "The car [is] # years old",
        "year",
    ),
    (r"\bladder", "The ladder [has] # rungs", "rung"),
    (r"\bgarden", "There [are] # trees near the garden", "tree"),
    (r"\bfield", "There [are] # trees around the field", "tree"),
    (r"\bmap\b", "The map [is] # years old", "year"),
    (r"\bbank\b", "The bank [has] # counters", "counter"),
    (r"\btower\b", "The tower [has] # windows", "window"),
    (r"\bshops?\b|\bbuys?\b|\bsells?\b", "The shop [has] # shelves", "shelf"),
    (r"\bshops?\b|\bbuys?\b", "The shop [is] open on # days a month", "day"),
    (r"\bbirds?\b.*\btree\b", "The tree [is] # years old", "year"),
    (r"\b(?:pizza|cake|flour|bakes?)\b", "The kitchen [has] # chairs", "chair"),
    (r"\b(?:marbles|beads|buttons|stickers)\b.*\bbags?\b", "The bag [is] # cm high", "cm"),
    (r"\bballs\b.*\bbag\b|\bbag\b.*\bballs\b", "The bag [is] # cm high", "cm"),
    (
        r"\b(?:rectangle|triangle|circle|hexagon|pentagon|octagon|rhombus|trapezoid|cone|cube)\b",
        "{other} [draws] this figure with a pencil that costs # cents",
        "cent",
    ),
    (
        r"\b(?:[Aa]|[Tt]he|[Hh]is|[Hh]er) (?:[a-z]+ )?book\b|\breads?\b.*\bpages\b|\bpages\b.*\breads?\b",
        "The book [costs] # dollars",
        "dollar",
    ),
    (
        r"\A(?!.*\b[Nn]umber plate)(?s:.*)\bplates?\b|\bbasket\b",
        "The table [has] # drawers",
        "drawer",
    ),
    (r"\bpaints?\b", "The wall [is] # metres long", "metre"),
    (r"\bphone\b|\bplans?\b", "The phone [costs] # dollars", "dollar"),
)
BY_PERSON: tuple[tuple[str, str], ...] = (
    ("{who} [is] # years old", "year"),
    ("{who} [has] # cousins", "cousin"),
    ("{who} [lives] # km from school", "km"),
    ("{who} [has] # chairs at home", "chair"),
    ("{who} [has] # friends at school", "friend"),
)
_PERSON = re.compile(r"\b([A-Z][a-z]+)\b (?:and [A-Z][a-z]+ )?\[")


@lru_cache(maxsize=2048)
def belonging(tellings: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """The rows of `BY_WORD` whose word all the tellings have."""
    return tuple(row for row in BY_WORD if all(re.search(row[0], text) for text in tellings))


def people_of(clause: str) -> list[str]:
    """The people who are the subject of the clause: a capital alone makes nobody a person."""
    return [name for name in _PERSON.findall(clause) if name in PRONOUNS]
