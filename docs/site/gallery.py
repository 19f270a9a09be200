"""The gallery: problems by operator and by strategy, with pictures of where they come from.

Everything is made when the site is built. Operators are applied to built-in seeds; strategies are carried
out by their rules, or are in rewrites.yaml, and are judged as a teacher's would be.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import yaml
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from zoped.programs import Seed, builtin_seeds
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.programs.formalizing.kept_words import in_the_words_of
from zoped.programs.menu import Option
from zoped.programs.predictors.demonstrations import written
from zoped.programs.strategies import Strategy, builtin_strategies
from zoped.programs.teachers.reader.taught import TAUGHT
from zoped.programs.teachers.reader.telling import told_by_rules
from zoped.programs.variants import changed_quietly
from zoped.signatures import as_lines
from zoped.symbolic import SymbolicProblem, operators, realize, solve
from zoped.train.teacher.realized import carry_out

REWRITES = Path(__file__).with_name("rewrites.yaml")
NEXT = ("change_numbers", "add_step", "double_step", "swap_unknown")  # what a picture goes on with
INK, LINE, SOFT = "#010101", "#020202", "#030303"  # stand for the colours of the site's themes
COLOURS = {
    INK: "var(--md-default-fg-color)",
    LINE: "var(--md-default-fg-color--light)",
    SOFT: "var(--md-code-bg-color)",
}
# Characters of a line; the rest in inches.
WRAP, WIDTH, INDENT, LINE_HEIGHT, LABEL, GAP = 68, 5.1, 0.36, 0.18, 0.2, 0.08


@dataclass
class Node:
    """A problem in a picture: its text, what made it, and what was made of it."""

    text: str
    move: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return textwrap.wrap(self.text, WRAP)


def pages() -> dict[str, str]:
    """The gallery's pages by name, as Markdown."""
    return {"operators.md": operators_page(), "strategies.md": strategies_page()}


def operators_page() -> str:
    parts = [
        "# Problems by operator",
        (
            "Each picture begins with a built-in seed. The operator makes problems of it, in the words of "
            "`realize`, with the answers that the solver proved; one more move goes on from the first."
        ),
    ]
    for number, operator in enumerate(operators().values()):
        seed, tree = grown(operator.name, number)
        parts += [f"## `{operator.name}`", operator.description, picture(tree, seed.id)]
    return "\n\n".join(parts) + "\n"


def grown(operator: str, number: int) -> tuple[Seed, Node]:
    """A seed to which the operator applies, from the `number`th on, and what comes of it; where it
    applies to none, what another move makes of a seed comes between."""
    seeds = builtin_seeds()
    start = 5 * number % len(seeds)
    for between in ("", "add_distractor"):
        for seed in seeds[start:] + seeds[:start]:
            root = last = Node(f"{seed.text} ({seed.answer})")
            problem = seed.symbols
            if between:
                problem = _changed(seed.symbols, between, seed.id)
                node = problem and _node(problem, between)
                if not node:
                    continue
                root.children, last = [node], node
            last.children = _branches(problem, operator, seed.id, number)
            if last.children:
                return seed, root
    raise ValueError(f"{operator} applies to no built-in seed")


def _branches(problem: SymbolicProblem | None, operator: str, key: str, number: int) -> list[Node]:
    """Two problems that the operator makes, or one, and what a further move makes of the first."""
    made = [m for k in "ab" if (m := _changed(problem, operator, f"{key}:{k}"))]
    first = _node(made[0], operator) if made else None
    if first is None:
        return []
    for move in NEXT[number % len(NEXT) :] + NEXT:
        further = _changed(made[0], move, f"{key}:next") if move != operator else None
        if further and (node := _node(further, move)):
            first.children.append(node)
            break
    others = [node for m in made[1:] if (node := _node(m, operator)) and node.text != first.text]
    return [first, *others]


def _changed(problem: SymbolicProblem | None, move: str, key: str) -> SymbolicProblem | None:
    return None if problem is None else changed_quietly(problem, Option(move), key)


def _node(problem: SymbolicProblem, move: str) -> Node | None:
    """The problem in words; None where it would not be accepted."""
    acceptance = Acceptance()
    try:
        answer = acceptance.answer(problem)
        text = realize(problem, 0)
        acceptance.text(text, problem, answer)
    except NotAccepted:
        return None
    return Node(f"{text} ({answer})", move)


def strategies_page() -> str:
    strategies, seeds = builtin_strategies(), {seed.id: seed for seed in builtin_seeds()}
    parts = [
        "# Problems by strategy",
        (
            "A strategy is a sentence that a teacher carries out on a problem's symbols. Here is each of "
            f"Zoped's {len(strategies)} on a built-in seed, judged as every rewrite is: one proved answer, "
            "all givens needed, numbers no uglier than the seed's, a text that states every given and not "
            "the answer. Further problems of each come from other numbers."
        ),
        (
            f"Rules carry out {len(TAUGHT)} of them, and by these rules the embedded reader was taught "
            "([how well it does it](../embedded-teacher.md)); where their words would be stiff, the example "
            "was written by hand. The other "
            f"{len(strategies) - len(TAUGHT)} need a capable teacher: their examples are all written by hand."
        ),
    ]
    rows = {row["strategy"]: row for row in yaml.safe_load(REWRITES.read_text(encoding="utf-8"))}
    for strategy in strategies.values():
        row = rows[strategy.id]
        seed = seeds[row["seed"]]
        problem, text, answer = rewritten(seed, strategy, row)
        tree = Node(
            f"{seed.text} ({seed.answer})", children=[Node(f"{text} ({answer})", strategy.move)]
        )
        steps = "\n".join(f"{n}. `{s.text}`" for n, s in enumerate(solve(problem).steps, 1))
        parts += [
            f"## `{strategy.id}`",
            f"> {' '.join(strategy.text.split())}",
            f"*{by_whom(strategy, row)}.*",
            picture(tree, seed.id),
            f"```text\n{as_lines(problem)}\n```",
            f"Steps:\n\n{steps}",
        ]
    return "\n\n".join(parts) + "\n"


def by_whom(strategy: Strategy, row: dict[str, str]) -> str:
    if strategy.id not in TAUGHT:
        return "Needs a capable teacher; written by hand"
    by_rules = "rewritten" not in row
    return (
        "Carried out by rules" if by_rules else "The embedded reader was taught it; written by hand"
    )


def rewritten(
    seed: Seed, strategy: Strategy, row: dict[str, str]
) -> tuple[SymbolicProblem, str, str]:
    """What the strategy makes of the seed, in words, with its answer: of twenty draws of its rules the one
    that is told in the fewest words. Raises NotAccepted, or ValueError where the rules make nothing of it."""
    assert seed.symbols is not None
    if "rewritten" in row:
        problem = written(row["rewritten"]).to_problem(topic=strategy.topic or seed.topic)
        return _judged(problem, seed.symbols, strategy, row["text"])
    found = []
    for draw in range(20):
        made = carry_out(seed.symbols, strategy.id, Random(f"{strategy.id} {draw}"))
        try:
            if made is not None:
                told = in_the_words_of(seed.symbols, made)
                told = told_by_rules(seed.symbols, told, strategy.id)
                found.append(_judged(told, seed.symbols, strategy))
        except NotAccepted:
            continue
    if not found:
        raise ValueError(f"{strategy.id} makes nothing of {seed.id}")
    return min(found, key=lambda one: len(one[1]))


def _judged(
    problem: SymbolicProblem, original: SymbolicProblem, strategy: Strategy, text: str = ""
) -> tuple[SymbolicProblem, str, str]:
    acceptance = Acceptance()
    problem = acceptance.rewrite(problem, original, strategy)
    answer = acceptance.answer(problem)
    text = text or realize(problem, 0)
    acceptance.text(text, problem, answer)
    return problem, text, answer


def picture(root: Node, seed: str) -> str:
    """The tree as an SVG element: the seed on top, below it what was made of it, one step in."""
    nodes = list(_placed(root))
    width = WIDTH + INDENT * max(depth for _, _, depth, _ in nodes)
    height = nodes[-1][1] + _height(nodes[-1][0]) + 0.15
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": seed}):
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        for node, top, depth, parent in nodes:
            left, below = INDENT * depth + 0.03, top + LABEL * bool(node.move)
            size = (WIDTH - 0.06, _height(node) - LABEL * bool(node.move) - 0.06)
            box = FancyBboxPatch(
                (left, below), *size, boxstyle="round,pad=0,rounding_size=0.08", fc=SOFT, ec=LINE
            )
            axes.add_patch(box)
            words = {"va": "top", "color": INK, "linespacing": 1.35}
            axes.text(left + 0.12, below + 0.1, "\n".join(node.lines), fontsize=9.5, **words)
            if parent is not None:
                axes.text(left, top + 0.02, node.move, fontsize=8.5, family="monospace", **words)
                bend, middle = left - INDENT / 2, below + size[1] / 2
                axes.plot([bend, bend, left], [parent, middle, middle], color=LINE, lw=1.2)
        out = StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    for stand_in, colour in COLOURS.items():
        svg = svg.replace(stand_in, colour)
    told = "; ".join(f"{n.move}: {n.text}" if n.move else n.text for n, *_ in nodes)
    label = f'role="img" aria-label="{escape(f"From the seed {seed}. {told}")}"'
    # Without blank lines, at which Markdown would end the element.
    svg = "\n".join(line for line in svg.splitlines() if line.strip())
    return f'<div class="lineage">{svg.replace("<svg ", f"<svg {label} ", 1)}</div>'


def _placed(root: Node) -> Iterator[tuple[Node, float, int, float | None]]:
    """Each node with its top, its depth, and where its parent's box ends."""
    top = 0.05

    def placed(node: Node, depth: int, parent: float | None) -> Iterator[tuple[Any, ...]]:
        nonlocal top
        yield node, top, depth, parent
        top += _height(node)
        end = top - 0.06
        top += GAP
        for child in node.children:
            yield from placed(child, depth + 1, end)

    yield from placed(root, 0, None)


def _height(node: Node) -> float:
    return LINE_HEIGHT * len(node.lines) + 0.22 + LABEL * bool(node.move)
