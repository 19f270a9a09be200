"""Answers in words: choices, yes and no, and the names of sets and of infinity."""

from __future__ import annotations

import re

from zoped.foundation.words import word_set

_NO_SUCH = re.compile(
    r"(?:there\s+(?:is|are)\s+)?no\s+(?:such\s+\w+|(?:\w+\s+)?(?:integers?|values?|roots?|numbers?|pairs?|solutions?))"
    r"(?:\s+(?:exists?|works?|satisf(?:y|ies)\s+(?:this|it|the\s+(?:equation|condition)s?)|is\s+possible))?\Z"
)
_ARTICLE = re.compile(
    r"(?:the [a-z]+ is|the|an?|on|in|at|by|during|it'?s|it is|they are|is|are)\s+(?=\S)"
)
_CHOICE = re.compile(
    r"(?:the\s+)?(?:(?:option|choice|answer|letter)\s+\(?([A-Za-z])\b\)?|\(([A-Za-z])\)|([A-Za-z])[.):])(?:\s*[.:]?\s*(.*))?\Z",
    re.IGNORECASE | re.DOTALL,
)
_VERDICT = re.compile(r"(yes|no|true|false)\b(.*)\Z", re.IGNORECASE | re.DOTALL)
_REASON = re.compile(
    r"\s*(?:[,.;:!-]|it\b|they\b|he\b|she\b|because\b|since\b|that\b|\Z)", re.IGNORECASE
)
_NEGATION = re.compile(r"\b(?:not|no|never|none|cannot|false)\b|n't\b", re.IGNORECASE)
_OPPOSITE = re.compile(r"\b(?:yes|no|true|false|but|unsure|maybe|depends?)\b", re.IGNORECASE)
# Two or three letters that are a word and no product: "on" is not "no".
_SHORT_WORDS = word_set(
    "no on it is am as at an in so to go do of or by up us we me my he if be oh ok ace act add age "
    "ago air all and ant any arm art ask ate bad bag bat bed bee big box boy bus but car cat cow "
    "cup cut day dog ear east eat egg end eve eye far fat few fit fly for fun get god gum gun hat "
    "her him his hot how ice ink its job key kid leg let lot low man map mat max may men met min "
    "mom net new nod not now nut odd off oil old one our out own pan pen pet pie pig pin pit pot "
    "put ran rat raw red rod row rug run sad sat saw sea see set sex she sir sit six sky son spa "
    "spy sub sum sun tab tap tax tea ten the tie tin tip toe ton top toy try two use van war was "
    "wax way wet who why win won yes yet you zoo mon tue wed thu fri sat sun jan feb mar apr jun "
    "jul aug sep oct nov dec tom tim ann amy ben bob dan eva ida joe kim lee leo liz max meg ned "
    "pat ray ron roy sam sue ted"
)
_SAME = {
    "oo": ("infinity", "inf", "+inf", "+oo", "positive infinity", "plus infinity"),
    "-oo": ("negative infinity", "minus infinity", "-infinity", "-inf", "- infinity", "- oo"),
    "∅": (
        "no solution", "no solutions", "no real solution", "no real solutions", "empty set", "null set", "empty",
        "there is no solution", "there are no solutions", "there is no real solution", "no such solution",
        "there are no real solutions", "⦃⦄", "⦃ ⦄", "{}", "has no solution", "has no solutions",
        "none", "no solution exists", "no solutions exist",
    ),
    "infinitely many": ("infinitely many solutions", "infinite", "infinite solutions", "infinite number of solutions"),
    "dne": ("does not exist", "doesn't exist", "do not exist", "d.n.e", "limit does not exist"),
    "ℝ": (
        "all real numbers", "all reals", "real numbers", "reals", "set of all real numbers", "set of real numbers",
        "all real", "any real number", "every real number", "all real values",
    ),
}  # fmt: skip
_CANONICAL = {name: word for word, names in _SAME.items() for name in names}


def canonical_word(text: str) -> str:
    """In small letters, without an article or a preposition in front; one word for one thing."""
    low = " ".join(text.lower().replace("’", "'").split()).strip(" .!")
    low = _NO_SUCH.sub("no solution", low)
    if low in _CANONICAL:
        return _CANONICAL[low]
    for _ in range(3):
        found = _ARTICLE.match(low)
        if found is None:
            break
        low = low[found.end() :]
    return _CANONICAL.get(low, low)


def read_choice(text: str) -> tuple[str, str] | None:
    """("c", "12") of "(C) 12", "C. 12" or "Option C: 12"."""
    found = _CHOICE.match(text)
    if found is None:
        return None
    return (found[1] or found[2] or found[3]).lower(), (found[4] or "").strip()


def is_verdict(text: str, wanted: str) -> bool:
    """Whether "Yes, it is." says `wanted` (yes, no, true or false), and not the opposite as well."""
    found = _VERDICT.match(text)
    if found is None or found[1].lower() != wanted or not _REASON.match(found[2]):
        return False
    rest = found[2]
    if _OPPOSITE.search(rest):
        return False
    return wanted in ("no", "false") or not _NEGATION.search(rest)


def is_product(text: str) -> bool:
    """Whether two or three letters may be a product, as in "ab"."""
    return 2 <= len(text) <= 3 and text.isalpha() and text.lower() not in _SHORT_WORDS
