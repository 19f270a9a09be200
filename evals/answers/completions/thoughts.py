"""What of a completion is meant for the reader: no thoughts, and nothing behind the end of its turn."""

from __future__ import annotations

import re

_NAMES = "think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratch_?pad|analysis|seed:think|internal_monologue"
_THOUGHT = re.compile(
    rf"<\s?(?P<close>/?)\s?(?:{_NAMES})\s?>"  # <think>, </reasoning>
    rf"|\[(?P<close2>/?)(?:{_NAMES})\]"  # [THINK]
    r"|◁(?P<close3>/?)think▷"
    r"|<\|(?P<word>begin|end)_of_thought\|>",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s?(\w{1,20})[^<]{0,40}<\|message\|>")
# Tokens that end a turn, or begin the next one.
_TOKEN = re.compile(
    r"<[|｜][^<>|｜\s]{1,40}[|｜]>|</?s>|<(?:eos|bos|pad)>|<(?:end|start)_of_turn>|\[/?INST\]"
)
_ROLE = re.compile(r"\s*(?:(?:assistant|model|bot)\b:?)?\s*\Z", re.IGNORECASE)
_NEXT_QUESTION = re.compile(
    r"^[ \t#*>]{0,8}(?:(?:next|new|another)\s+)?(?:question|q|problem|exercise|example|user|human|instruction|student"
    r"|input|prompt)\s?\d{0,3}\s?[*]{0,2}:",
    re.IGNORECASE | re.MULTILINE,
)


def without_thoughts(completion: str) -> str:
    """What stands behind the last closing tag of a thought; nothing where a thought is unfinished."""
    if tags := list(_THOUGHT.finditer(completion)):
        last = tags[-1]
        closes = last["close"] or last["close2"] or last["close3"] or last["word"] == "end"
        return completion[last.end() :] if closes else ""
    channels = list(_CHANNEL.finditer(completion))
    if channels:
        return completion[channels[-1].end() :] if channels[-1][1] == "final" else ""
    return completion


def first_turn(text: str) -> str:
    """`text` up to the token that ends the turn."""
    start = 0
    for token in _TOKEN.finditer(text):
        if not _ROLE.match(text[start : token.start()][:200]):
            return text[start : token.start()]
        start = token.end()
    return text[start:]


def questions(text: str) -> list[int]:
    """Where lines begin that pose another question ("Question:", "User:")."""
    return [found.start() for found in _NEXT_QUESTION.finditer(text)]
