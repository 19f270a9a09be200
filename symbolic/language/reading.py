"""What people and models write, in the language: `x^2`, `=`, `20,000`, `$5`, `10%`, names such as `sum`.

Only what can mean one thing is read; the rest is left to `parse_expression`, or refused with what to
write instead. Everything here works on text, before any limit of the parser is touched.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from fractions import Fraction

from zoped.symbolic.language.expression import CONSTANTS, FUNCTIONS
from zoped.symbolic.language.parse import (
    ALSO_NAMES,
    MAX_DIGITS,
    MAX_NAME,
    MAX_TEXT,
    ExpressionError,
)

_SIGNS = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "×": "*",
        "·": "*",
        "⋅": "*",
        "÷": "/",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "π": "pi",
        "²": "**2",
        "³": "**3",
        "^": "**",
        "\u00a0": " ",
        "\u202f": " ",
        "\n": " ",
    }
)
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_MONEY = re.compile(r"[$€£]\s*(?=[\d.])")
_PERCENT = re.compile(r"((?:\d[\d.]*|\.\d+))\s*%(?=\s*(?:$|[)=<>!*/,]))")
_UNCLEAR_PERCENT = re.compile(r"(\d[\d.]*)\s*%\s*(?:[-+]|of\b)")
# Ten hundredths, or a tenth of what stands before? After 1 both are the same.
_ADDED_PERCENT = re.compile(
    r"(?<![\w.)])(?!1\s*[-+])[\w.)]+\s*[-+]\s*(\d[\d.]*|\.\d+)\s*%(?!\s*[\w(.])"
)
# Half a percent, or fifty? x**0.02, or 2 percent of a square?
_PERCENT_OF_PART = re.compile(
    r"(?<![\w.)])(?:\d[\d.]*\s*/|[\w.)]+\s*\*\*)\s*(?:\d[\d.]*|\.\d+)\s*%(?!\s*[\w(.])"
)
# x to the power 23, of 2**3, or x**2 times 3?
_AFTER_SUPERSCRIPT = re.compile(r"[²³][\d.²³]")
_ONE_EQUAL = re.compile(r"(?<![<>=!])=(?!=)")
_MIXED = re.compile(r"(-?)(\d+)\s+(\d+)/(\d+)\Z")
_POWER_OF_TEN = re.compile(r"(-?\d+(?:\.\d+)?)[eE]([+-]?\d{1,2})\Z")
# They join conditions: no variable can be called so.
_JOINING = frozenset({"and", "or", "not", "if", "else"})


def read_formula(text: str) -> str:
    """The text as `parse_expression` takes it; raises ExpressionError where it is ambiguous."""
    if len(text) > MAX_TEXT:
        return text  # the parser says so
    superscript = _AFTER_SUPERSCRIPT.search(text)
    if superscript is not None:
        raise ExpressionError(
            f"{superscript.group()!r} can be read in two ways: write ** and * for powers and products"
        )
    text = text.translate(_SIGNS).strip().rstrip(".").rstrip()
    unclear = _UNCLEAR_PERCENT.search(text)
    if unclear is not None:
        percent = unclear.group(1)
        raise ExpressionError(
            f"{unclear.group()!r} can be read in two ways: write {percent}/100 for {percent} "
            f"percent, ({percent}) % (…) for the remainder"
        )
    added = _ADDED_PERCENT.search(text)
    if added is not None:
        percent = added.group(1)
        raise ExpressionError(
            f"{added.group()!r} can be read in two ways: write {percent}/100 for {percent} "
            f"hundredths, x*(1 + {percent}/100) for {percent} percent more than x"
        )
    part = _PERCENT_OF_PART.search(text)
    if part is not None:
        raise ExpressionError(
            f"{part.group()!r} can be read in two ways: put brackets around the percentage, as in "
            "(2/100), or around what stands before it"
        )
    for written, operator in (("=>", ">="), ("=<", "<="), ("<>", "!=")):
        text = text.replace(written, operator)
    text = _MONEY.sub("", text)
    text = _without_grouping(text)
    text = _PERCENT.sub(r"(\1/100)", text)
    return _ONE_EQUAL.sub("==", text)


def read_number(text: str) -> str:
    """A number's text as the parser takes it: without currency and grouping, percent as hundredths."""
    plain = text.translate(_SIGNS).strip()
    sign = "-" if plain.startswith("-") else ""
    plain = _MONEY.sub("", plain.removeprefix("-").strip())
    plain = _GROUPED.sub(lambda m: m.group().replace(",", ""), plain)
    mixed = _MIXED.match(plain)
    if mixed is not None and int(mixed[4]) and len(plain) <= MAX_DIGITS:
        return f"{sign}{Fraction(int(mixed[2])) + Fraction(int(mixed[3]), int(mixed[4]))}"
    power = _POWER_OF_TEN.match(plain)
    if power is not None and abs(int(power[2])) <= MAX_DIGITS // 2:
        return f"{sign}{Fraction(power[1]) * Fraction(10) ** int(power[2])}"
    if plain.endswith("%"):
        return f"{sign}{plain.removesuffix('%').strip()}/100"
    return f"{sign}{plain.rstrip('.')}"


def _without_grouping(text: str) -> str:
    """20,000 as 20000, but for the arguments of a function: max(1,200) has two."""
    if "," not in text:
        return text
    calls: list[bool] = []
    in_call: list[bool] = []
    for place, letter in enumerate(text):
        in_call.append(any(calls))
        if letter == "(":
            before = text[:place].rstrip()
            calls.append(bool(before) and (before[-1].isalnum() or before[-1] == "_"))
        elif letter == ")" and calls:
            calls.pop()

    def joined(match: re.Match[str]) -> str:
        return match.group() if in_call[match.start()] else match.group().replace(",", "")

    return _GROUPED.sub(joined, text)


def new_names(names: Iterable[str]) -> dict[str, str]:
    """A name of the language for each that is none: `class` -> `the_class`, `No. of pens` -> ...

    Raises ExpressionError for a word that joins conditions, such as `and`.
    """
    wanted = list(names)
    taken = set(wanted)
    changed: dict[str, str] = {}
    for name in wanted:
        if name in _JOINING:
            raise ExpressionError(f"{name!r} joins conditions; give the variable another name")
        new = _readable(name)
        if new == name:
            continue
        number, free = 2, new
        while free in taken:
            free, number = f"{new}_{number}", number + 1
        taken.add(free)
        changed[name] = free
    return changed


def _readable(name: str) -> str:
    if name.isascii() and name.isidentifier() and "__" not in name and name[0] != "_":
        reserved = name in CONSTANTS or (name in FUNCTIONS and name not in ALSO_NAMES)
        return f"the_{name}"[:MAX_NAME] if reserved or keyword.iskeyword(name) else name
    letters = []
    for letter in unicodedata.normalize("NFKD", name):
        if letter.isascii():
            letters.append(letter if letter.isalnum() else "_")
        elif unicodedata.name(letter, "").startswith("GREEK"):
            letters.append(unicodedata.name(letter).split()[-1].lower())
    plain = re.sub(r"_+", "_", "".join(letters)).strip("_")
    if not plain:
        return name  # refused by the check of names
    return plain if plain[0].isalpha() else f"the_{plain}"


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The formula with the new names; a function that is called keeps its own."""
    for name in sorted(names, key=len, reverse=True):
        bracket = r"(?!\s*\()" if name in FUNCTIONS else ""
        text = re.sub(rf"(?<![\w]){re.escape(name)}(?![\w]){bracket}", names[name], text)
    return text


def renamed_slots(text: str, names: Mapping[str, str]) -> str:
    """The sentence with the new names in its braces."""
    for name, new in names.items():
        text = text.replace(f"{{{name}}}", f"{{{new}}}")
    return text
