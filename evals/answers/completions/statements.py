"""Sentences without a mark: where they end, which one states the number, and what takes one back."""

from __future__ import annotations

import re

from zoped.evals.answers.completions.commitment import SETS_RIGHT, concluded_answer, is_typed
from zoped.evals.answers.kinds import Several
from zoped.evals.answers.reading import read_answer
from zoped.evals.answers.words import read_choice

TAIL = 8_000  # characters at the end of a completion in which an answer without a box is looked for
SENTENCE_END = re.compile(r"(?:[.!?](?=[\s\"'”’)*]|\Z)|(?<=[.!?])[\"'”’)]*\s)")
_RETRACTED = re.compile(
    r"(?:[\s\"'*>).!$\]}\\–—-]|\b(?:hmm+|but|oh|ah|well|um|so|and|however|though|,)\b|,)*"
    r"(?:\b(?:wait|no|oops|nope|scratch\s+that|hold\s+on|correction|sorry|apologies|my\s+mistake|never\s+mind)\b"
    r"|\bor\s+(?:is|was|could|maybe|perhaps|should|might)\b"
    r"|(?:is|was)(?:\s+(?:wrong|incorrect|invalid|impossible)|(?:n't|\s+not)\s+(?:correct|right|valid|possible|(?:the|a|an)\s+(?:correct|right|valid|answer|solution|integer)))\b"
    r"|(?:(?:this|it|that|which)\s+)?(?:(?:does|do|did)(?:n't|\s+not)|fails\s+to)\s+(?:satisfy|match|work|fit|hold|make\s+sense|agree|check)\b"
    r"|(?:this|that|it|which)\s+(?:contradicts|is\s+a\s+contradiction|violates)\b"
    r"|(?:I\s+am|I'm)\s+(?:not\s+(?:\w+\s+)?|un)(?:sure|certain)\b"
    r"|let(?:'s|\s+me|\s+us)\s+(?:re-?(?:compute|calculate|check|do|consider|think|examine|evaluate|visit)\b|correct|fix|try\s+again)"
    r"|\b(?:actually|that|this|it|which|i|the\s+above)\b[^.!?\n]{0,40}\b(?:wrong|incorrect|mistaken?|error|not\s+(?:right|correct|true)"
    r"|forgot|miscalculated|isn't\s+(?:right|correct)|can't\s+be\s+(?:right|correct)|cannot\s+be\s+(?:right|correct)|misread|reconsider)\b"
    # Another number in its place: "Actually, it should be 8." No calculation: "Actually, 3 + 4 = 7."
    rf"|(?:{SETS_RIGHT}|rather)\b[,:]?\s+"
    r"(?:(?:it|that|this|the\s+answer)(?:'s|\s+is|\s+was|\s+(?:should|must|has\s+to)\s+be)\s+|make\s+(?:it|that)\s+)?"
    r"[$\\({*-]*\d+(?:[.,/]\d+)*[})$*\\]*(?:\s+\w+)?\s*(?:[.!)]|$))",
    re.IGNORECASE | re.MULTILINE,
)
# A number alone after this is no answer: "I can't find the answer. 5"
_GIVES_UP = re.compile(
    r"\b(?:can't|can\s?not|couldn't|could\s+not|unable\s+to|not\s+able\s+to|don't\s+know\s+how\s+to)\s+"
    r"(?:\w+\s+){0,2}?(?:find|solve|determine|give|get|answer|work\s+out)\b"
    r"[^.!?\n]*\b(?:answer|solution|it|this|problem|question|result)\b",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"\s*(?:no|wait)\s+(?:other|more|further|remainder|need|one|matter|doubt)\b", re.IGNORECASE
)


def is_retracted(rest: str) -> bool:
    return _RETRACTED.match(rest) is not None and not _AGREES.match(rest.lstrip(" .\n"))


def sentence_end(line: str) -> int | None:
    found = SENTENCE_END.search(line)
    while found is not None:
        # "5 p.m. today" and "e.g." do not end there.
        if not re.search(r"\b(?:[ap]\.?m|e\.g|i\.e|approx|no|[A-Z])\Z", line[: found.start()]):
            return found.start()
        found = SENTENCE_END.search(line, found.end())
    return None


def last_statement(text: str) -> str | None:
    """The number that the last sentence with one in it comes to."""
    text = text[-TAIL:]
    if text.rstrip(" \n*_\"'`").endswith("?"):
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    sentences = [sentence for line in lines[-12:] for sentence in _sentences(line)]
    for place in range(len(sentences) - 1, -1, -1):
        sentence = sentences[place]
        if any(character.isdigit() for character in sentence):
            given_up = place > 0 and _GIVES_UP.search(sentences[place - 1])
            return (
                None
                if given_up and is_typed(sentence.strip(" .*_"))
                else concluded_answer(sentence)
            )
        if is_retracted(sentence.strip()):
            return None
    return None


_OTHER_WORD = re.compile(
    r"(?<![\\A-Za-z])(?:(?!(?:and|or|sqrt|text|pi|frac|[pbvBV]?matrix)\b)[A-Za-z]{3,}|[Ss]o\b)"
)
_CHOSEN = re.compile(
    r"(?:so\s+|thus\s+|therefore\s*,?\s+)?(?:I|we)\s+(?:choose|pick|select|would\s+choose|go\s+(?:for|with))\s+(?:option\s+|choice\s+|answer\s+)?\(?([A-Ja-j])\)?\.?"
)
_PLURAL = re.compile(
    r"(?:.*[\s,])?(?:solutions|roots|zeros|zeroes|values)\b[^.:\n\d]{0,40}?(?:\bare\b|:)(.+)",
    re.DOTALL,
)


def whole_answer(text: str) -> str | None:
    """A completion that is nothing but an answer, or its last line "The solutions are 2 and 3." """
    line = text.strip().rpartition("\n")[2].strip(" *_`")
    if not line or len(line) > 200 or line.endswith("?"):
        return None
    if (plural := _PLURAL.fullmatch(line)) is not None:
        several = plural[1].strip(" .*")
        return several if isinstance(read_answer(several), Several) else None
    if line != text.strip(" *_`\n"):
        return None
    if chosen := _CHOSEN.fullmatch(line):
        return chosen[1]
    if (choice := read_choice(line)) is not None and choice[1] and is_typed(choice[1]):
        return line
    answer = line.strip("()").rstrip(".")
    if (len(answer) == 1 and answer.isalpha()) or answer.lower() in ("yes", "no", "true", "false"):
        return answer
    return line if not _OTHER_WORD.search(line) and is_typed(line) else None


def _sentences(line: str) -> list[str]:
    sentences = []
    while (cut := sentence_end(line)) is not None:
        sentences.append(line[: cut + 1])
        line = line[cut + 1 :]
    return [sentence for sentence in [*sentences, line] if sentence.strip(" *.!\"'")]
