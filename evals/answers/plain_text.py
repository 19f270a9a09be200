"""The text of an answer without what LaTeX, Markdown and Unicode put around it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SET_OPEN, SET_CLOSE = "⦃", "⦄"  # LaTeX's \{ and \}, apart from the braces that only group
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("−–‒﹣－", "-"),
        **dict.fromkeys("×·⋅∙", "*"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u200a\u3000", "\u202f"),
        **dict.fromkeys("\u200b\ufeff\u2060", ""),
        "÷": "/",
        "⁄": "/",
        "，": ",",
        "＝": "=",
        "％": "%",
        "（": "(",
        "）": ")",
        "∞": "\\infty ",
        "≤": "\\le ",
        "≥": "\\ge ",
        "≠": "\\ne ",
        "≈": "\\approx ",
        "⟨": "(",
        "⟩": ")",
        "’": "'",
        "“": '"',
        "”": '"',
        "º": "°",
        "˚": "°",
        "µ": "μ",
        "Ω": "Ω",
        "✓": "",
        "✔": "",
        "✅": "",
        "ℤ": "\\mathbb{Z}",
        "ℕ": "\\mathbb{N}",
        "ℚ": "\\mathbb{Q}",
        "ℂ": "\\mathbb{C}",
        "\ufe0f": "",
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_SMALL_FRACTION = re.compile("([⁰¹²³⁴⁵⁶⁷⁸⁹]+)⁄([₀₁₂₃₄₅₆₇₈₉]+)")
_ROOTS = {"√": "\\sqrt", "∛": "\\sqrt[3]", "∜": "\\sqrt[4]"}
_ROOT = re.compile(r"([√∛∜])\s*(\d+(?:\.\d+)?|[A-Za-z])?")
# What is left of a command when its backslash was taken for an escape: "\boxed", "\frac".
_ESCAPES = str.maketrans({"\x07": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"})
_TAB = re.compile(r"\t(?=(?:ext|imes|frac|heta|an|herefore)(?![a-z]))")
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|textnormal|texttt|textsf|emph|mathrm|mathbf|mathit|mathsf|mbox"
    r"|operatorname|ensuremath|boxed|fbox|framebox)\s*\*?\s*\{([^{}]*)\}"
)
# Commands that change how their argument looks; the argument stays, in its braces.
_STYLE = re.compile(
    r"\\(?:boldsymbol|bold|bm|bf|rm|it|underline|overbrace|underbrace|displaystyle|textstyle|limits|mathbf"
    r"|mathrm|text|textbf|textit|textrm|mathit|mathsf|mbox|boxed|fbox|therefore|left|right"
    r"|[bB]igg?[lrm]?|Large|LARGE|large|huge|Huge|small|tiny|normalsize|checkmark|blacksquare|square|qed)(?![A-Za-z])\.?|\\!"
)
_COLOUR = re.compile(r"\\(?:text)?color(?:box)?\s*(?:\{[^{}]{0,30}\}|\[[^\[\]]{0,30}\])")
_MARGIN = re.compile(r"\\(?:tag|label|[hv]space|phantom|[hv]phantom)\*?\s*\{[^{}]{0,60}\}")
_OVER = re.compile(r"\{([^{}]{1,200}?)\\over(?![A-Za-z])([^{}]{1,200})\}")
_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|\\,|,\\! ?|\\ |~|\u202f)(?=\d{3}(?!\d))")
_SPACE = re.compile(r"\\(?:[,;: ]|(?:enspace|q?quad)(?![A-Za-z]))|[~\u202f]")
_WIDE_GAP = re.compile(r"\s{9,}")
_DEGREE = re.compile(r"\^?\s*\{?\s*\\(?:circ|degree)(?![A-Za-z])\s*\}?")
_DISPLAY = re.compile(r"\\[()\[\]]")
_COMMANDS = {
    "\\dfrac": "\\frac",
    "\\tfrac": "\\frac",
    "\\cfrac": "\\frac",
    "\\cdot": "*",
    "\\times": "*",
    "\\ast": "*",
    "\\div": "/",
    "\\pm": "±",
    "\\cup": "∪",
    "\\langle": "(",
    "\\rangle": ")",
    "\\lbrace": SET_OPEN,
    "\\rbrace": SET_CLOSE,
    "\\lvert": "|",
    "\\rvert": "|",
    "\\vert": "|",
    "\\mid": "|",
    "\\infty": "oo",
    "\\in": "∈",
    "\\le": "≤",
    "\\leq": "≤",
    "\\leqslant": "≤",
    "\\ge": "≥",
    "\\geq": "≥",
    "\\geqslant": "≥",
    "\\lt": "<",
    "\\gt": ">",
    "\\ne": "≠",
    "\\neq": "≠",
    "\\approx": "≈",
    "\\emptyset": "∅",
    "\\varnothing": "∅",
    "\\cents": "¢",
    "\\pounds": "£",
    "\\euro": "€",
    "\\colon": ":",
    "\\dots": "...",
    "\\ldots": "...",
    "\\cdots": "...",
    "\\varepsilon": "ε",
    "\\varphi": "φ",
    "\\vartheta": "θ",
    "\\varrho": "ρ",
    **{
        f"\\{unicodedata.name(letter).rpartition(' ')[2].lower().replace('lamda', 'lambda')}": letter
        for letter in "αβγδεζηθικλμνξπρστυφχψω"
    },
    **{
        f"\\{unicodedata.name(letter).rpartition(' ')[2].title().replace('Lamda', 'Lambda')}": letter
        for letter in "ΓΔΘΛΞΠΣΦΨΩ"
    },
}
_COMMAND = re.compile(r"\\[A-Za-z]+ ?")
_REALS = re.compile(r"\\(?:mathbb|Bbb|mathbf)\s*\{?\s*R(?![A-Za-z])\s*\}?")
_ESCAPED = {"\\$": "$", "\\%": "%", "\\{": SET_OPEN, "\\}": SET_CLOSE, "\\#": "#", "\\&": "&"}
_ESCAPE = re.compile(r"\\[$%{}#&]")
_MATHS = re.compile(r"\$+([^$]*)\$+")
_STRICT = {"<=": "≤", ">=": "≥", "!=": "≠", "=<": "≤", "=>": "≥"}
_ASCII_RELATION = re.compile("|".join(_STRICT))


@lru_cache(maxsize=8_192)
def plain_text(text: str) -> str:
    """`text` with one sign for each thing: `\\dfrac` is `\\frac`, `−` is `-`, `1{,}200` is `1,200`,
    `\\alpha` is `α`; without `\\text`, sizes, colours, spacing, `$ ... $`, emphasis and the full
    stop."""
    text = _narrow(text)
    if not text.isascii():
        text = _without_unicode(text)
    text = text.translate(_ESCAPES)
    if "\t" in text:
        text = _TAB.sub(r"\\t", text)
    text = text.strip().strip("*_` ")
    if "\\" in text or "$" in text:
        text = _without_latex(text)
    else:
        text = _THOUSANDS.sub(",", text).replace("~", " ").replace("\u202f", " ")
    text = _narrow(text)
    if "=" in text:
        text = _ASCII_RELATION.sub(lambda found: _STRICT[found[0]], text)
    text = text.strip().rstrip(".,;:!") if not text.endswith(("...", "!")) else text.strip()
    text = text.rstrip("*_` ").rstrip(".,;:") if not text.endswith("...") else text
    if text[:1] == text[-1:] and text[:1] in ('"', "'") and len(text) > 1:
        text = text[1:-1].strip().rstrip(".")
    return text


def _narrow(text: str) -> str:
    """Long runs of blanks say no more than one, and what reads them takes the third power of their
    length: for each sign that becomes a blank, "~" and "\\\\," too."""
    return _WIDE_GAP.sub(" ", text)


def _without_unicode(text: str) -> str:
    text = _SMALL_FRACTION.sub(
        lambda found: f" {found[1].translate(_SUPERSCRIPTS)}/{found[2].translate(_SUBSCRIPTS)}",
        text,
    )
    text = _RAISED.sub(lambda found: f"^{{{found[0].translate(_SUPERSCRIPTS)}}}", text)
    text = _LOWERED.sub(lambda found: f"_{{{found[0].translate(_SUBSCRIPTS)}}}", text)
    text = _ROOT.sub(_root, text).translate(_CHARACTERS)
    return "".join(
        character if character.isascii() else _one_character(character) for character in text
    )


def _root(found: re.Match[str]) -> str:
    return _ROOTS[found[1]] + (f"{{{found[2]}}}" if found[2] else " ")


@lru_cache(maxsize=4_096)
def _one_character(character: str) -> str:
    """`½` as " 1/2", the digits of other scripts as ours, wide letters as plain ones."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if unicodedata.decomposition(character).startswith(("<fraction>", "<wide>")):
        plain = unicodedata.normalize("NFKC", character).replace("⁄", "/")
        return f" {plain}" if "/" in plain else plain
    return character


def _without_latex(text: str) -> str:
    # The rows of a matrix end with two backslashes; elsewhere they stand for one or for nothing.
    text = text.replace("\n", " ").replace("\\\\", "\n" if "\\begin" in text else "\\")
    for _ in range(4):  # nested as far as anybody nests them
        text, changed = _TEXT.subn(r" \1 ", text)
        if not changed:
            break
    text = _REALS.sub("ℝ", text)
    text = _COLOUR.sub("", text)
    text = _MARGIN.sub(" ", text)
    text = _THOUSANDS.sub(",", text)
    text = _STYLE.sub("", text)
    text = _narrow(_SPACE.sub(" ", text))
    text = _DEGREE.sub("°", text)
    text = _DISPLAY.sub("", text)
    text = re.sub(r"\\+\Z", "", text.rstrip())
    text = _ESCAPE.sub(lambda found: f"\0{_ESCAPED[found[0]]}", text)
    text = _COMMAND.sub(_one_command, text)
    if "\\over" in text:
        text = _OVER.sub(r"\\frac{\1}{\2}", text if text.startswith("{") else f"{{{text}}}")
    # A dollar that was escaped is money; a pair of others is mathematics.
    text = text.replace("\0$", "\1")
    text = _MATHS.sub(r"\1", text)
    return text.replace("\1", "$").replace("\0", "").strip().strip("*_` ")


def _one_command(found: re.Match[str]) -> str:
    name = found[0].rstrip()
    sign = _COMMANDS.get(name)
    if sign is None:
        return found[0]
    # The space behind a command only ends its name, but behind a word it parts two of them.
    return sign + " " if found[0] != name and sign == "oo" else sign
