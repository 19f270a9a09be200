"""Examples in docstrings stand in the reference as code: Markdown would quote what begins with >>>."""

import re
import textwrap
from typing import Any

import griffe

EXAMPLE = re.compile(r"^[ ]*>>> .*(?:\n(?![ ]*$).*)*", re.MULTILINE)


class Doctests(griffe.Extension):
    """Fences the examples of every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = EXAMPLE.sub(_fenced, obj.docstring.value)


def _fenced(found: re.Match[str]) -> str:
    return f"```pycon\n{textwrap.dedent(found[0])}\n```"
