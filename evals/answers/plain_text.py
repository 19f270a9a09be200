"""The text of an answer without what LaTeX, Markdown and Unicode put around it."""

from __future__ import annotations

import re

SET_OPEN, SET_CLOSE = "⦃", "⦄"  # LaTeX's \{ and \}, apart from the braces that only group
_CHARACTERS = str.maketrans(
    {
        **{chr(ord("０") + digit): str(digit) for digit in range(10)},
        **dict.fromkeys("−–‒﹣－", "-"),
        **dict.fromkeys("×·⋅∙", "*"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u200a", "\u202f"),
        **dict.fromkeys("\u200b\ufeff\u2060", ""),
        "÷": "/",
        "⁄": "/",
        "，": ",",
        "＝": "=",
        "％": "%",
        "π": "\\pi ",
        "∞": "\\infty ",
        "√": "\\sqrt ",
        "²": "^2",
        "³": "^3",
        "½": " 1/2",
        "⅓": " 1/3",
        "⅔": " 2/3",
        "¼": " 1/4",
        "¾": " 3/4",
        "⅕": " 1/5",
        "⅛": " 1/8",
        "⟨": "(",
        "⟩": ")",
        "’": "'",
        "º": "°",
        "˚": "°",
    }
)
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|mbox|operatorname|boxed|fbox)"
    r"\s*\{([^{}]*)\}"
)
_SIZE = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|!)(?![A-Za-z])\.?"
)
_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\ |~|\u202f)(?=\d{3}(?!\d))")
_SPACE = re.compile(r"\\(?:[,;: ]|q?quad(?![A-Za-z]))|[~\u202f]")
_DEGREE = re.compile(r"\^?\s*\{?\s*\\(?:circ|degree)(?![A-Za-z])\s*\}?")
_DISPLAY = re.compile(r"\\[()\[\]]")
_COMMANDS = {
    "\\dfrac": "\\frac",
    "\\tfrac": "\\frac",
    "\\cfrac": "\\frac",
    "\\cdot": "*",
    "\\times": "*",
    "\\div": "/",
    "\\pm": "±",
    "\\cup": "∪",
    "\\langle": "(",
    "\\rangle": ")",
    "\\lbrace": SET_OPEN,
    "\\rbrace": SET_CLOSE,
    "\\lvert": "|",
    "\\rvert": "|",
    "\\infty": "oo",
    "\\in": "=",
}
_COMMAND = re.compile(r"\\[A-Za-z]+")
_ESCAPED = {"\\$": "$", "\\%": "%", "\\{": SET_OPEN, "\\}": SET_CLOSE, "\\#": "#", "\\&": "&"}
_ESCAPE = re.compile(r"\\[$%{}#&]")
_MATHS = re.compile(r"\$+([^$]*)\$+")
_NAME = re.compile(
    r"(?:\\?[A-Za-z][A-Za-z_ ]{0,30}(?:_?\{?\d{1,2}\}?)?(?:\([a-z]\))?\s*=|[A-Za-z][A-Za-z ]{0,30}:)"
    r"\s*(?=\S)|\([a-z](?:\s*,\s*[a-z]){1,4}\)\s*=\s*(?=\S)"
)


def plain_text(text: str) -> str:
    """`text` with one sign for each thing: `\\dfrac` is `\\frac`, `−` is `-`, `1{,}200` is `1,200`;
    without `\\text`, sizes, spacing, `$ ... $`, emphasis and the full stop."""
    text = text.translate(_CHARACTERS).strip("*_` \t\r\n")
    if "\\" in text or "$" in text:
        text = _without_latex(text)
    else:
        text = _THOUSANDS.sub(",", text).replace("~", " ").replace("\u202f", " ")
    return text.strip().rstrip(".,;:").rstrip("*_` ").rstrip(".,;:")


def _without_latex(text: str) -> str:
    for _ in range(4):  # nested as far as anybody nests them
        text, changed = _TEXT.subn(r" \1 ", text)
        if not changed:
            break
    text = _SIZE.sub("", text)
    text = _THOUSANDS.sub(",", text)
    text = _SPACE.sub(" ", text)
    text = _DEGREE.sub("°", text)
    text = _DISPLAY.sub("", text)
    text = _ESCAPE.sub(lambda found: f"\0{_ESCAPED[found[0]]}", text)
    text = _COMMAND.sub(lambda found: _COMMANDS.get(found[0], found[0]), text)
    # A dollar that was escaped is money; a pair of others is mathematics.
    text = text.replace("\0$", "\1")
    text = _MATHS.sub(r"\1", text)
    return text.replace("\1", "$").replace("\0", "")


def without_name(text: str) -> str:
    """`5` of `x = 5`, `Total cost = 5`, `f(x) = 5` or `Answer: 5`; a calculation or an equation on
    the left is no name, and of `x = 3 + 4 = 7` nothing is taken away."""
    found = _NAME.match(text)
    if found is None:
        return text.removeprefix("=").lstrip()
    rest = text[found.end() :]
    return text if "=" in rest else rest
