"""Boxed answers: `\\boxed{5}` and the other ways in which models write it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from zoped.evals.answers.reading import MAX_ANSWER

MOST = 64  # boxes at the end of a text that are looked at
# Also with its backslash lost ("\b" is a backspace in many languages), \fbox, and a line break.
_OPENING = re.compile(r"(?:\\|\x08|(?<![A-Za-z\\]))(?:boxed|fbox|framebox)(?![A-Za-z])|\x08oxed")
_BARE = re.compile(
    r"\s{1,3}(\\?[$]?[-+]?(?:\d[\d,.]*\d|\d)|\\frac\{[^{}]{1,40}\}\{[^{}]{1,40}\})(?![\d{])"
)
_BETWEEN = re.compile(
    r"(?:[\s$,;.&*/]|\\[()\[\],;: ]|\\q?quad(?![a-z])|\\(?:text|mathrm)\s*\{\s*(?:and|or)?\s*\}|\b(?:and|or|maybe|perhaps|possibly|either"
    r"|also)\b|=(?!=))*"
    r"(?:\\?[A-Za-z](?:_?\{?\d{1,2}\}?)?\s*=)?[\s$]*"
)
# "The first root is \\boxed{1}. The second root is \\boxed{2}."
_ORDINAL = re.compile(
    r"\b(?:first|one|smaller|smallest|least|lesser|lower|minimum|greater|larger|maximum)\b[^.!?\n]{0,60}\Z",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"(?:[\s$.,;]|\\[)\]]|\b(?:and|while|whereas)\b)*(?:the\s+)?(?:second|third|fourth|other|another|next|last|larger|largest|greater|greatest|smaller|higher|maximum|minimum)"
    r"(?:\s+(?:one|possible|positive|negative|real|root|solution|value|number|answer|part|integer|zero|of|x|\$x\$|then|also)){0,4}(?:\s+(?:is|equals|=|would\s+be)|:)\s*"
    r"(?:[\s$:]|\\[(\[])*(?:\\?[A-Za-z](?:_?\{?\d{1,2}\}?)?\s*=)?[\s$]*",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:\\text\s*\{)?\W*(?:(?:your|the|my)\s+)?(?:final\s+|numeric(?:al)?\s+)?(?:answers?|ans|result|number|solution|value)\W*|\.{2,}|\\l?dots|\?+",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"(?<![A-Za-z\d+*/^)\]}])\\?([A-Za-z](?:_\{?\d{1,2}\}?)?)\s*=\s*\Z")


@dataclass(frozen=True)
class Box:
    """Where a box stands, and what is in it: "" where it is empty, None where it stays open."""

    start: int
    end: int
    content: str | None


def find_boxes(text: str) -> list[Box]:
    """The boxes of a text, the last `MOST` of them."""
    first = len(text)
    for _ in range(4 * MOST):
        place = text.rfind("ox", 0, first)
        if place < 0:
            break
        first = place
    places = [(found.start(), found.end()) for found in _OPENING.finditer(text, max(0, first - 8))]
    boxes: list[Box] = []
    for start, end in places[-MOST:]:
        if boxes and start < boxes[-1].end:
            continue  # a box inside a box
        if box := _box(text, start, end):
            boxes.append(box)
    return boxes


def _box(text: str, start: int, end: int) -> Box | None:
    brace = end
    while brace < len(text) and brace < end + 8 and text[brace].isspace():
        brace += 1
    if text[brace : brace + 1] == "{":
        close = _closing(text, brace)
        if close is None:
            return Box(start, len(text), None)
        content = text[brace + 1 : close].strip()
        if _PLACEHOLDER.fullmatch(content):
            return Box(start, close + 1, "")  # \boxed{answer}: how to write one
        return Box(start, close + 1, _with_signs(text, start, close + 1, content))
    bare = _BARE.match(text, end)
    if text[start] in "\\\x08":
        return Box(start, bare.end(), bare[1].rstrip(".,")) if bare else None
    return None


def _with_signs(text: str, start: int, end: int, content: str) -> str:
    """With the minus in front of the box and the percent sign behind it."""
    before = text[max(0, start - 2) : start]
    if (
        before.endswith(("-", "−"))
        and not re.match(r"[\w)}\]-]", before[:-1])
        and content[:1] not in "-−"
    ):
        content = f"-{content}" if content else ""
    if re.match(r"\s?\\?%", text[end : end + 3]) and content[-1:].isdigit():
        content += "%"
    return content


def _closing(text: str, brace: int) -> int | None:
    """Where the brace is closed; `\\}` is a brace of the answer, `\\\\}` a line break and the end."""
    depth = 0
    place = brace
    end = min(len(text), brace + MAX_ANSWER + 2)
    while place < end:
        character = text[place]
        if character == "\\":
            place += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return place
        place += 1
    return None


def joined(text: str, boxes: list[Box]) -> str:
    """What boxes that stand side by side say together: "1 and 2", "x=1, y=2"."""
    contents = [box.content or "" for box in boxes]
    if len(set(contents)) == 1:
        return contents[0]
    name = _NAME_BEFORE.search(text[max(0, boxes[0].start - 12) : boxes[0].start].replace("$", ""))
    parts = [f"{name[0].strip()} {contents[0]}" if name else contents[0]]
    for before, after in itertools.pairwise(boxes):
        if not _BETWEEN.fullmatch(text[before.end : after.start]):
            parts += [" and ", after.content or ""]
            continue
        between = re.sub(
            r"\s+", " ", re.sub(r"[$&*.]|\\[()\[\],;:]", " ", text[before.end : after.start])
        )
        apart = between.strip().startswith("=") or re.search(r"[,;]|\b(?:and|or)\b", between)
        parts.append(between if apart else f" and {between}")
        parts.append(after.content or "")
    return "".join(parts)


def side_by_side(text: str, before: Box, after: Box) -> bool:
    """Whether nothing but "and", "or", signs and a name stands between two boxes."""
    between = text[before.end : after.start]
    if len(between) <= 60 and _BETWEEN.fullmatch(between) is not None:
        return True
    return (
        len(between) <= 100
        and _NEXT.fullmatch(between) is not None
        and _ORDINAL.search(text[max(0, before.start - 80) : before.start]) is not None
    )
