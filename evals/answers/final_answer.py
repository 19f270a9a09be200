"""Where the final answer stands in what a student wrote.

Thoughts and what follows the end of the turn are cut off first. Then the last place counts at which
the completion commits itself: a box, an `<answer>` tag, "the answer is ...", "Answer: ...",
"#### ...". Without one, the last sentence that states a number does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zoped.evals.answers.completions.boxes import Box, find_boxes, joined, side_by_side
from zoped.evals.answers.completions.commitment import (
    REPORTED,
    concluded_answer,
    corrected,
    is_typed,
    stated_answer,
)
from zoped.evals.answers.completions.statements import (
    SENTENCE_END,
    TAIL,
    is_retracted,
    last_statement,
    sentence_end,
    whole_answer,
)
from zoped.evals.answers.completions.thoughts import first_turn, questions, without_thoughts
from zoped.evals.answers.kinds import Several
from zoped.evals.answers.reading import MAX_ANSWER, read_answer
from zoped.evals.answers.words import read_choice

MOST_MARKS = 24
MOST_QUESTIONS = 4
_MARK = re.compile(
    r"(?P<hashes>^[ \t>*]{0,4}####(?!#)|(?<!#)####(?=\s?\S))"
    r"|\b(?P<words>answers?(?:\s(?:here|to\s(?:the|this)\s(?:question|problem)|(?:in|for)\s[^.:\n]{1,40}))?"
    r"|(?:correct|right|final)\s(?:option|choice|result|solution|value))\**\s{0,3}"
    r"(?:\b(?:is|was|are|would\sbe|will\sbe|must\sbe|should\sbe|has\sto\sbe|equals|comes\s(?:out\s)?to|becomes|turns\sout\sto\sbe)(?:n't)?\b|:|=|[-=]>|→|⇒)"
    r"|^[ \t#*>_]{0,8}(?P<head>(?:the\s)?(?:final\s)?answer)[ \t*_]{0,4}(?=\r?\n)"
    r"|(?P<before>\S{1,40})\s(?:is|was)\s(?:the|my|our)\s(?:final\s|correct\s|right\s)?answer\b"
    r"|\b(?P<option>(?:option|choice)\s\(?[A-Ja-j]\)?\s(?:is\s(?:the\s)?(?:correct|right)))",
    re.IGNORECASE | re.MULTILINE,
)
# What every mark has in it, at most 49 characters behind its start, found faster than a mark.
_IN_A_MARK = re.compile(r"[AaCcFfOoRr#](?i:###|nswer|orrect|inal|ption|hoice|ight)")
_TAG = re.compile(r"<answer>(.{0,4000}?)</answer>", re.IGNORECASE | re.DOTALL)
# "To check the answer:", "whether my answer is": talk about the answer, which does not give it.
_TALK = re.compile(
    r"\b(?:hopes?|check|checking|verify|verifying|confirm|whether|if|explan\w+|explain\w*|why|how|questions?|this|ask\w*|tell|know|sure"
    r"|what|find|finding|before|until|when|not\s+the|is\s+(?:the|my|your)|your|compute|calculate|get|unless|think\s+about|example)\b"
    r"[^.!?\n]{0,30}\Z",
    re.IGNORECASE,
)
# "I doubt the answer is", "It is not true that the answer is"
_DOUBTED = re.compile(
    r"(?:\b(?:not|never|doubts?|doubtful|false|wrong|den(?:y|ies))\b|n't\b)(?:(?!\b(?:so|but|hence|thus|therefore|and)\b)[^,;:.!?])*\Z",
    re.IGNORECASE,
)
# Directly before "the answer is 5", so that nothing is claimed.
_SUPPOSED = re.compile(
    r"\b(?:suppos(?:e|ing)|assum(?:e|ing)|imagin(?:e|ing)|pretend(?:ing)?|let(?:'s|\s+us)\s+say|whether|if"
    rf"|claim(?:s|ed)?|{REPORTED}"
    r"|(?:to|will|must)\s+(?:show|prove|check|verify)\s+that|(?:\A|[.:;]\s*)say)"
    r"(?:\s+(?:for\s+(?:a|the)\s+moment|for\s+now|now|that))*\s*(?:the|my|final|correct|\s)*\Z",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\W*(?:helpful|right|correct|incorrect|wrong|clear|useful|above|fine|good|ok|okay|obvious|unique|given|found|obtained|boxed"
    r"|in the box|not|unclear|unknown|what)\b(?:\s\w+){0,5}\W*\Z",
    re.IGNORECASE,
)
_ALONGSIDE = re.compile(
    r"(?:[\s.,;:*$>#_]|\b(?:and|or|the|my|our|final|also|another|second|other|maybe|correct)\b)*",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?:not|isn't|never)\s+(?:\w+\s+){0,2}?", re.IGNORECASE)
_BEFORE_STATEMENT = re.compile(
    r"(?:\n\s{0,4}(?:[-*•>]|\d{1,2}[.)])\s+(?=\S)|\n\s{0,4}>|\.{2,}|[\s:*_#•=–—→…\"“]|`(?!``))*"
)
_BLOCK = re.compile(
    r"(?:(?P<fence>`{3})[\w-]{0,12}\n|(?P<dollars>\$\$)|\\begin\{(?P<name>equation|align|gather|multline|displaymath)\*?\}|\\\[)"
    r"(?P<body>.{0,4000}?)(?(fence)`{3}|(?(dollars)\$\$|(?(name)\\end\{(?P=name)\*?\}|\\\])))",
    re.DOTALL,
)


@dataclass(frozen=True)
class _Place:
    """A place at which the completion commits itself, and to what: None where that stays open."""

    start: int
    end: int
    answer: str | None
    strength: int  # 2: a box, a tag, or a typed answer behind a mark; 1: words behind a mark
    kind: str


def extract_answer(completion: str) -> str | None:
    """The final answer in a completion, or None where it commits to none.

    Thoughts do not count, nor does what comes after the end of the turn or the next question. The
    last box, `<answer>` tag, "answer is", "Answer:" or "####" counts, unless it is taken back;
    several boxes side by side are several values. Without any of them the last sentence that states
    a number counts: one that denies it, leaves it open, compares or still calculates with it states
    none.
    """
    text = _WIDE_GAP.sub(_narrow, first_turn(without_thoughts(completion)))
    for question in questions(text[-TAIL:])[:MOST_QUESTIONS]:
        before = text[: max(0, len(text) - TAIL) + question]
        if before.strip() and (answer := _final(before)) is not None:
            return answer
    return _final(text)


_WIDE_GAP = re.compile(r"\s{9,}")
_BEHIND_BOX = re.compile(
    r"(?:[\s.,;:!$*`_)\]]|\\[)\]]|\\end\s?\{[a-z]{1,12}\*?\}|\\(?:quad|qquad|blacksquare|square)(?![a-z])|</answer>)*\Z"
)


def _narrow(gap: re.Match[str]) -> str:
    """Long runs of blanks say no more than short ones, and cost time."""
    return "\n\n" if "\n" in gap[0] else " "


def is_boxed_at_end(completion: str) -> bool:
    """Whether there is exactly one box outside thoughts, something is in it, and nothing but
    punctuation and the end of its formula follows."""
    text = first_turn(without_thoughts(completion))
    boxes = find_boxes(text)
    if len(boxes) != 1 or not boxes[0].content:
        return False
    return _BEHIND_BOX.match(text, boxes[0].end) is not None


def _final(text: str) -> str | None:
    places = _places(text)
    strong = [place for place in places if place.strength == 2]
    if not strong:
        weak = [place for place in places if place.strength == 1]
        if weak:
            return weak[-1].answer
        if places:
            return None
        whole = whole_answer(text)
        first = whole is not None and (
            isinstance(read_answer(whole), Several) or read_choice(whole) is not None
        )
        return whole if first else last_statement(text) or whole
    last = _decisive(strong)
    if last is strong[-1] and len(strong) > 1 and _contradicts(text, strong[-2], last):
        return None
    rest = text[last.end : last.end + 400]
    if is_retracted(rest):
        return last_statement(text[last.end :][-TAIL:])
    if last.answer is not None and _is_denied(places, last):
        return None
    return last.answer


def _decisive(strong: list[_Place]) -> _Place:
    """The last one; but the first "####" ends a solution, unless it is taken back."""
    last = strong[-1]
    if last.kind == "####":
        run = [place for place in strong if place.kind == "####"]
        if run[0] is not last and strong.index(run[0]) == len(strong) - len(run):
            return run[0]
    return last


def _contradicts(text: str, before: _Place, last: _Place) -> bool:
    """Whether two different answers stand side by side: "The answer is 5. The answer is 6." """
    start = before.end
    if start > last.start and before.answer:  # "5, but the answer is 6"
        start = text.find(before.answer, before.start) + len(before.answer)
    between = text[start : last.start]
    return (
        before.kind == last.kind != "box"
        and before.answer != last.answer
        and len(between) < 40
        and _ALONGSIDE.fullmatch(between) is not None
        and read_answer(before.answer or "") != read_answer(last.answer or "")
    )


def _is_denied(places: list[_Place], last: _Place) -> bool:
    """Whether a later mark denies the very answer: "The answer is 5. The answer is not 5." """
    assert last.answer is not None
    return any(
        place.start >= last.end
        and place.strength < 2
        and place.answer is not None
        and _DENIED.sub("", place.answer).strip() == last.answer.strip()
        and _DENIED.match(place.answer) is not None
        for place in places
    )


def _places(text: str) -> list[_Place]:
    boxes = find_boxes(text)
    places = [*_boxed(text, boxes), *_tagged(text)]
    offset = max(0, len(text) - TAIL)
    tags = [place for place in places if place.kind == "tag"]
    for mark in _marks(text, offset)[-MOST_MARKS:]:
        if any(tag.start <= mark.start() < tag.end for tag in tags):
            continue
        place = _marked(text, mark, boxes)
        if place is not None:
            places.append(place)
    return sorted(places, key=lambda place: place.end)


def _marks(text: str, offset: int) -> list[re.Match[str]]:
    first = _IN_A_MARK.search(text, offset)
    return list(_MARK.finditer(text, max(offset, first.start() - 64))) if first else []


def _boxed(text: str, boxes: list[Box]) -> list[_Place]:
    """Boxes side by side are one answer; an empty one is none; one that stays open leaves it open, and
    so does one that is denied, unless another one stands before it."""
    groups: list[list[Box]] = []
    for box in boxes:
        if box.content == "":
            continue
        if (
            groups
            and box.content
            and groups[-1][-1].content
            and side_by_side(text, groups[-1][-1], box)
        ):
            groups[-1].append(box)
        else:
            groups.append([box])
    places: list[_Place] = []
    for group in groups:
        before = text[max(0, group[0].start - 60) : group[0].start]
        denied = _NOT_THIS.search(before) is not None
        if denied and places:
            continue
        is_open = group[0].content is None or denied or _GUESS.search(before) is not None
        answer = None if is_open else _inner(joined(text, group))
        places.append(_Place(group[0].start, group[-1].end, answer, 2, "box"))
    return places


# Perhaps \\boxed{5}; maybe the answer is 5
_GUESS = re.compile(
    r"\b(?:maybe|perhaps|possibly|(?:might|may|could)\s+be|(?:my|a)\s+guess|I\s+guess)\b"
    r"[\s,:$]*(?:(?:that\s+)?(?:the|my|our)\s+(?:(?:final|correct|right)\s+)?answer|it|that)?\s*(?:'s|is|would\s+be|=)?[\s:$]*\Z",
    re.IGNORECASE,
)
# \\boxed{20}, not \\boxed{5}
_NOT_THIS = re.compile(
    r"(?:\b(?:not|never|rather\s+than|instead\s+of|as\s+opposed\s+to)|n't)\s+(?:be\s+|equal\s+(?:to\s+)?|the\s+answer\s+)?[\s:$]*(?:\\[(\[])?\s*\Z",
    re.IGNORECASE,
)


def _tagged(text: str) -> list[_Place]:
    start = max(0, len(text) - TAIL)
    if "</answer>" not in text[start:].lower():
        return []
    return [
        _Place(found.start(), found.end(), _inner(found[1].strip()), 2, "tag")
        for found in _TAG.finditer(text, start)
        if found[1].strip() and not find_boxes(found[1])
    ]


# "Tom has 7 apples": words and a number, no formula.
_SENTENCE = re.compile(r"(?=(?:.*?\b[A-Za-z]{3,}){2})[A-Za-z0-9\s.,:;'$%()/-]{1,200}\Z", re.DOTALL)


def _inner(content: str) -> str:
    """The answer in a box or a tag: without "The answer is"."""
    plain = re.sub(r"\\(?:text|textbf|mathrm)\s*\{([^{}]{0,80})\}", r"\1", content)
    mark = _MARK.search(plain) if "answer" in plain.lower() or "####" in plain else None
    if mark and plain[mark.end() :].strip():
        return stated_answer(plain[mark.end() :])
    if _SENTENCE.fullmatch(plain) and read_answer(content) is None:
        return concluded_answer(plain) or content
    return content


def _marked(text: str, mark: re.Match[str], boxes: list[Box]) -> _Place | None:
    """What a mark says, or None where it only talks about the answer."""
    if mark["before"]:
        value = mark["before"].strip("*$")
        typed = is_typed(value) and not _TALK.search(text[max(0, mark.start() - 40) : mark.start()])
        return _Place(mark.start(), mark.end(), value, 2, "mark") if typed else None
    if mark["option"]:
        return _Place(mark.start(), mark.end(), mark["option"].split()[1], 2, "option")
    sentence = text[max(0, mark.start() - 60) : mark.start()]
    sentence = SENTENCE_END.split(sentence)[-1].rpartition("\n")[2]
    if mark["words"] and _TALK.search(sentence):
        return None
    statement, end = _statement(text, mark.end())
    statement = corrected(statement)
    if (again := _MARK.search(statement)) is not None and again.start() < 20:
        return None  # "Final answer: the answer is 5"
    if mark["words"] and (
        _DOUBTED.search(sentence) or _SUPPOSED.search(sentence) or _GUESS.search(sentence + mark[0])
    ):
        return _Place(mark.start(), end, None, 0, "mark")
    if any(mark.end() <= box.start <= end + 8 for box in boxes):
        return None  # the box says it
    if not statement or _PRAISE.match(statement):
        negated = re.match(r"\W*not\b", statement or "", re.IGNORECASE)
        return _Place(mark.start(), end, statement, 0, "mark") if negated else None
    answer = stated_answer(statement)
    if mark["hashes"]:
        if not is_typed(answer) and (text[end:].strip() or len(answer.split()) > 4):
            return None  # a heading
        return _Place(mark.start(), end, answer, 2, "####")
    if re.match(r"(?:not|isn't|never)\b", statement, re.IGNORECASE) or mark[0].lower().endswith(
        "n't"
    ):
        return _Place(
            mark.start(),
            end,
            f"not {answer}" if mark[0].lower().endswith("n't") else statement,
            0,
            "mark",
        )
    return _Place(mark.start(), end, answer, 2 if is_typed(answer) else 1, "mark")


def _statement(text: str, start: int) -> tuple[str, int]:
    """What stands behind a mark, and where it ends: the display or the fenced block that follows, or
    else the next line with something in it, up to the end of the sentence."""
    region = text[start : start + MAX_ANSWER + 200]
    skipped = _BEFORE_STATEMENT.match(region)
    place = skipped.end() if skipped is not None else 0
    if (block := _BLOCK.match(region, place)) is not None:
        lines = [line.strip() for line in block["body"].strip().split("\n") if line.strip()]
        if lines:
            shown = " ".join(lines)
            shown = shown.replace("&", "") if block["name"] else shown
            return (lines[0] if block["fence"] else shown), start + block.end()
    line = region[place:].partition("\n")[0]
    cut = sentence_end(line)
    if cut is not None:
        # "5? No.": a question.
        line = line[: cut + 1] if line[cut] == "?" else line[:cut]
    return line.strip(" *_`\t\r"), start + place + len(line)
