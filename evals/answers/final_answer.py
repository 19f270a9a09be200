"""Where the final answer stands in what a student wrote."""

from __future__ import annotations

import re

MAX_ANSWER = 256  # characters
TAIL = 4_000  # characters at the end of a completion in which an answer without a box is looked for
_MARKED = re.compile(r"####|answer\s{0,3}(?:is|:|=)", re.IGNORECASE)
_TAG = re.compile(r"<answer>(.{0,256}?)</answer>", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(
    r"(?<![\w.])[-−+]?[$€£]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s{0,2}/\s{0,2}\d+)?\s?%?",
    re.ASCII,
)
_OPERATOR_BEFORE = re.compile(r"[-−+*/×·÷^{]\s{0,3}\Z")
_OPERATOR_AFTER = re.compile(r"\s{0,3}[-−+*/×·÷^=({}]|\s{0,3}\w{0,1}\d")
_SENTENCE_END = re.compile(r"[.!?](?:\s|\Z)")


def extract_answer(completion: str) -> str | None:
    """The final answer in a completion, or None.

    The last `\\boxed{...}`; else the last `<answer>...</answer>`; else what follows the last
    "answer is", "Answer:" or "####"; else the last number, unless it is a part of a calculation or
    of a question: a completion that only restates the problem has no answer.
    """
    box = completion.rfind("\\boxed")
    if box >= 0:
        return _boxed(completion, box + len("\\boxed"))
    tail = completion[-TAIL:]
    if "</answer>" in tail.lower() and (tags := _TAG.findall(tail)):
        return str(tags[-1]).strip() or None
    marks = list(_MARKED.finditer(tail))
    return _marked(tail[marks[-1].end() :]) if marks else _last_number(tail)


def _boxed(text: str, start: int) -> str | None:
    """What stands in the braces that open at `start`; None when they stay open."""
    while start < len(text) and text[start] == " ":
        start += 1
    if text[start : start + 1] != "{":
        return None
    depth = 1
    for place in range(start + 1, min(len(text), start + MAX_ANSWER + 2)):
        if text[place] == "{" and text[place - 1] != "\\":
            depth += 1
        elif text[place] == "}" and text[place - 1] != "\\":
            depth -= 1
            if depth == 0:
                return text[start + 1 : place].strip()
    return None


def _marked(rest: str) -> str | None:
    """The answer in the line after a mark: all of it if that is one, else the one number in it."""
    lines = [line for line in rest[: 2 * MAX_ANSWER].splitlines() if line.strip(" :*")]
    if not lines:
        return None
    line = lines[0].strip(" :*\t")
    if end := _SENTENCE_END.search(line):
        line = line[: end.start()].strip()
    line = line.rpartition("=")[2].strip() or line  # of "3 + 4 = 7" the result
    numbers = list(_NUMBER.finditer(line))
    if len(numbers) == 1 and not _is_operand(line, numbers[0]):
        before, after = line[: numbers[0].start()], line[numbers[0].end() :]
        # Words around one number: the number; signs around it (\frac, brackets): all of it.
        if re.fullmatch(r"[\w\s',*$]*", before) and re.fullmatch(r"[\w\s',*$]*", after):
            return numbers[0][0].strip()
    return line[:MAX_ANSWER] or None


def _last_number(text: str) -> str | None:
    if text.rstrip(" \n*_\"'").endswith("?"):
        return None
    numbers = list(_NUMBER.finditer(text))
    if not numbers or _is_operand(text, numbers[-1]):
        return None
    return numbers[-1][0].strip()


def _is_operand(text: str, number: re.Match[str]) -> bool:
    """Whether the number is a part of a calculation: `4` in "3 + 4"."""
    before, after = text[max(0, number.start() - 8) : number.start()], text[number.end() :]
    if _OPERATOR_BEFORE.search(before.replace("**", "")):
        return True
    if number[0][0] in "-−+" and re.search(r"[\w)]\s{0,3}\Z", before, re.ASCII):
        return re.search(r"[\d)]\s{0,3}\Z", before) is not None
    return _OPERATOR_AFTER.match(after.replace("**", "")[:8]) is not None
