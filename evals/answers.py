"""Is the answer right? A strict, typed check that no input can hang or break.

An answer is a number, or a tuple or set of numbers, written plainly; never a calculation: where 7
is asked, `3+4` is wrong, or a student would be paid for restating the question. Numbers are exact:
0.5 is 1/2, 0.33 is not 1/3. Exact irrational answers (`sqrt(2)`, `2*pi`) match in any equal form
that the expression language can read.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache

from zoped.symbolic import Expression, ExpressionError, parse_expression
from zoped.symbolic.expression import Apply, Constant, Number, walk

MAX_ANSWER = 256  # characters
MAX_DIGITS = 40
_BOXED = re.compile(r"\\boxed\s*\{")
_MARKED = re.compile(
    r"(?:####|answer\s*(?:is|:|=)|answer\s+is\s*:)\s*(?P<answer>[^\n]*)", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<![\w.])[-−+]?\$?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?\s?%?"
)
_INTEGER = r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)"
_PLAIN = re.compile(rf"(?P<whole>{_INTEGER})(?P<decimals>\.\d+)?|(?P<point>[-−+]?\.\d+)")
_RATIO = re.compile(rf"(?P<above>{_INTEGER})\s*/\s*(?P<below>\d+)")
_MIXED = re.compile(r"(?P<sign>[-−]?)(?P<whole>\d+)\s+(?P<above>\d+)\s*/\s*(?P<below>\d+)")
_FRACTION = re.compile(
    r"(?P<sign>[-−]?)\\[dt]?frac\s*(?:\{\s*(?P<a>[-−]?\d+)\s*\}|(?P<a1>\d))\s*"
    r"(?:\{\s*(?P<b>\d+)\s*\}|(?P<b1>\d))"
)
_UNIT = re.compile(r"(?:\s*\\?(?:text|mathrm)\s*\{[^{}]*\}|\s+[A-Za-z][A-Za-z /²³^0-9.\-]*)\s*\Z")
_WRAPPERS = ("$", "\\(", "\\)", "\\[", "\\]", "\\,", "\\!", "\\;", "\\left", "\\right", "**", "`")


def extract_answer(completion: str) -> str | None:
    """The final answer in a completion, or None.

    The last `\\boxed{...}`; else what follows the last "answer is", "Answer:" or "####" on its
    line; else the last number in the text.
    """
    starts = list(_BOXED.finditer(completion))
    if starts:
        return _braced(completion, starts[-1].end())
    marked = list(_MARKED.finditer(completion))
    if marked:
        line = marked[-1]["answer"].strip()
        found = _NUMBER.search(line[:MAX_ANSWER])
        return found[0].strip() if found else (line[:MAX_ANSWER] or None)
    numbers = _NUMBER.findall(completion[-4_000:])
    return str(numbers[-1]).strip() if numbers else None


def _braced(text: str, start: int) -> str | None:
    """What stands between the brace before `start` and its partner; None when it stays open."""
    depth = 1
    for place in range(start, min(len(text), start + MAX_ANSWER + 1)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return text[start:place].strip()
    return None


def answers_match(answer: str | None, gold: str) -> bool:
    """Whether the answer equals the gold one. Never raises, whatever the answer is.

    A gold of several values, "12; 22", is met by a list of them all in any order.
    """
    if answer is None or len(answer) > MAX_ANSWER:
        return False
    answer, gold = _unwrapped(answer), _unwrapped(gold)
    if not answer:
        return False
    if ";" in gold:
        wanted = [part.strip() for part in gold.split(";")]
        given = [part.strip() for part in re.split(r";|,(?!\d{3}\b)|\band\b", answer)]
        return len(given) == len(wanted) and _same_set(given, wanted)
    for opening, closing in (("(", ")"), ("[", "]"), ("{", "}"), ("\\{", "\\}")):
        if gold.startswith(opening) and gold.endswith(closing) and "," in gold:
            return _same_list(answer, gold, opening, closing)
    return _same_number(answer, gold)


def _same_list(answer: str, gold: str, opening: str, closing: str) -> bool:
    """Tuples and intervals in order with the same brackets, sets in any order."""
    if not (answer.startswith(opening) and answer.endswith(closing)):
        return False
    given = [part.strip() for part in answer[len(opening) : -len(closing)].split(",")]
    wanted = [part.strip() for part in gold[len(opening) : -len(closing)].split(",")]
    if len(given) != len(wanted):
        return False
    if "{" in opening:
        return _same_set(given, wanted)
    return all(_same_number(a, g) for a, g in zip(given, wanted, strict=True))


def _same_set(given: list[str], wanted: list[str]) -> bool:
    left = list(given)
    for gold in wanted:
        match = next((a for a in left if _same_number(a, gold)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _same_number(answer: str, gold: str) -> bool:
    right = parse_answer(gold)
    if right is not None:
        return parse_answer(answer) == right
    if answer == gold:
        return True
    return _same_expression(answer, gold)


def parse_answer(text: str) -> Fraction | None:
    """The exact number that `text` writes: 7, -3, 1,200, 0.25, 3/4, 2 1/2, \\frac{3}{4}, 25%,
    $5, 12 apples. None for anything else, calculations included. A percentage is its number:
    25% is 25, since word problems ask "what percent"."""
    text = _unwrapped(text)
    text = text.removeprefix("$").removeprefix("\\$").removeprefix("€").removeprefix("£")
    text = re.sub(r"\\?%\Z", "", text).strip()
    number = _bare_number(text)
    if number is None:
        stripped = _UNIT.sub("", text).strip()
        if stripped != text:
            number = _bare_number(stripped)
    return number


def _bare_number(text: str) -> Fraction | None:
    if sum(character.isdigit() for character in text) > MAX_DIGITS:
        return None
    text = text.replace("−", "-")
    if match := _PLAIN.fullmatch(text):
        return Fraction(text.replace(",", ""))
    if match := _RATIO.fullmatch(text):
        below = int(match["below"])
        return Fraction(int(match["above"].replace(",", "")), below) if below else None
    if match := _MIXED.fullmatch(text):
        below = int(match["below"])
        if not below:
            return None
        size = int(match["whole"]) + Fraction(int(match["above"]), below)
        return -size if match["sign"] else size
    if match := _FRACTION.fullmatch(text):
        below = int(match["b"] or match["b1"])
        if not below:
            return None
        value = Fraction(int(match["a"] or match["a1"]), below)
        return -value if match["sign"] else value
    return None


def _unwrapped(text: str) -> str:
    """Without dollar signs of LaTeX, spacing commands, a closing full stop, or `x =` in front."""
    text = text.strip()
    for wrapper in _WRAPPERS[:-2]:
        if wrapper == "$" and not (text.startswith("$") and text.endswith("$") and len(text) > 1):
            continue
        text = text.replace(wrapper, " " if wrapper == "\\," else "")
    text = text.strip("`* \t\n").rstrip(".").strip()
    return re.sub(r"\A[A-Za-z]\w{0,20}\s*=\s*", "", text)


def _same_expression(answer: str, gold: str) -> bool:
    """Equal values of two closed forms, and the answer no longer a calculation than the gold."""
    left, right = _closed_form(answer), _closed_form(gold)
    if left is None or right is None:
        return False
    if sum(1 for _ in walk(left)) > 2 * sum(1 for _ in walk(right)) + 2:
        return False
    a, b = _approximate(left), _approximate(right)
    return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)


@lru_cache(maxsize=4096)
def _closed_form(text: str) -> Expression | None:
    """The expression, from plain text or simple LaTeX; None when it is none or has variables."""
    plain = text.replace("−", "-").replace("^", "**").replace("\\cdot", "*").replace("π", "pi")
    plain = plain.replace("\\pi", "pi").replace("√", "sqrt")
    plain = re.sub(r"\\sqrt\s*\{([^{}]*)\}", r"sqrt(\1)", plain)
    plain = re.sub(r"\\sqrt\s*(\d)", r"sqrt(\1)", plain)
    plain = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))", plain)
    plain = re.sub(r"(?<=[\d)])\s*(?=sqrt|pi|\()", "*", plain)
    try:
        expression = parse_expression(plain)
    except ExpressionError:
        return None
    return None if expression.symbols else expression


def _approximate(e: Expression) -> float | None:
    """The value in floating point; only roots, π, powers and + - * / of small numbers."""
    if isinstance(e, Number):
        return float(e.value)
    if isinstance(e, Constant):
        return math.pi
    if not isinstance(e, Apply):
        return None
    values = [_approximate(child) for child in e.arguments]
    known = [value for value in values if value is not None]
    if len(known) != len(values):
        return None
    try:
        match e.operator:
            case "+":
                return known[0] + known[1]
            case "-":
                return known[0] - known[1]
            case "*":
                return known[0] * known[1]
            case "/":
                return known[0] / known[1]
            case "neg":
                return -known[0]
            case "**":
                return math.pow(known[0], known[1])
            case "sqrt" | "exp" | "sin" | "cos" | "tan":
                return float(getattr(math, e.operator)(known[0]))
            case "log":
                return math.log(*known)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return None
