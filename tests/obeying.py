"""A teacher that does what strategy and instruction say, with a model's mistakes; a student with known
skills for each kind of step. To show that what is tuned is what the teacher acts on.

The teacher stands behind a real socket (tests/openai_server.py). It knows nothing but the prompt: it
changes the symbols that it is sent as the strategy's words say, and makes mistakes, fewer where its
instruction warns of them or a demonstration shows how that strategy is carried out. As the model that
reflects it warns of the mistakes that the outcomes tell, and joins strategies that fared well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from random import Random
from typing import Any

import dspy

from tests.openai_server import API_KEY, openai_server
from tests.simulated import KnowsMoves
from zoped.evals import Decision, measure_program, student_notes
from zoped.evals.coverage import shares
from zoped.optimizers.objective import coverage, decision_cost, learnable_of
from zoped.programs import GenerateProblem, Seed, builtin_seeds
from zoped.programs.strategies import Strategy
from zoped.programs.student_note import RIGHT
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import WrittenProblem, as_lines
from zoped.symbolic import MutationRefused, SymbolicProblem, applicable, mutate
from zoped.symbolic.language.expression import Apply, walk

# What the teacher does where it reads such words, in the order of the words.
CARRIED_OUT = {
    "comes to it": "add_step",
    "taken away": "take_away_step",
    "times as much": "multiply_step",
    "twice": "double_step",
    "half": "halve_step",
    "shared": "share_step",
    "percent": "percent_step",
    "left over": "leftover_step",
    "boxes": "boxes_step",
    "divides both": "divisor_step",
    "square whose side": "square_step",
    "quadratic": "quadratic_step",
    "larger of": "larger_case",
    "sum of two others": "split_given",
    "backwards": "swap_unknown",
    "smaller numbers": "shrink_numbers",
}
STRATEGIES = [
    Strategy(id=id_, text=text, depth=1)
    for id_, text in {
        "more": "Let something more come, and ask for all that there is when a new value comes to it.",
        "fewer": "Go on from the answer: a new value is taken away from it.",
        "many": "Let somebody have a given number of times as much as the answer.",
        "twice": "Ask for twice the quantity that was asked for.",
        "half": "Ask for half of the quantity that was asked for.",
        "shared": "Let the quantity asked for be shared equally by a given number of people.",
        "percent": "Ask for a given percent of the quantity that was asked for.",
        "rest": "Let the things asked for be packed in groups of a given size, and ask what is left over.",
        "boxes": "Let the things asked for be packed, and ask how many boxes are needed.",
        "common": "Ask for the greatest number that divides both the answer and a new value.",
        "area": "Ask for the area of a square whose side is the quantity asked for.",
        "quadratic": "Let the answer be a coefficient of a quadratic equation, and ask for its root.",
        "larger": "Ask for the larger of the answer and a new value.",
        "split": "Tell one of the values as the sum of two others.",
        "backwards": "Ask backwards: tell the answer, and ask for one of the values.",
        "small": "Keep the relations, and use smaller numbers.",
    }.items()
]
# How often the student does a step of the kind right; all others always.
SKILLS = {"%": 0.5, "gcd": 0.45, "ceiling": 0.4, "max": 0.02, "**": 0.01}
MISTAKES = ("no_solution", "many_solutions", "idle_given", "malformed")
WARNING = "Beware of {}."
# Seeds on whose answers all this can be done.
SEEDS = [
    seed
    for seed in builtin_seeds()
    if seed.symbols and all(applicable(seed.symbols, name) for name in CARRIED_OUT.values())
]


def pass_rate(question: Any) -> float:
    """By the steps that the problem asks for, whatever it was made by."""
    symbols = getattr(question, "symbols", None) or _BY_TEXT[question.text]
    steps = [
        node.operator
        for relation in symbols.relations
        for node in walk(relation)
        if isinstance(node, Apply)
    ]
    rate = 1.0
    for step in steps:
        rate *= SKILLS.get(step, 1.0)
    return rate


_BY_TEXT: dict[str, SymbolicProblem] = {}


def notes_of(seeds: Sequence[Seed], random_seed: int) -> dict[str, str]:
    """What the student does on the seeds, measured as a run does."""
    from zoped.evals.measurement import as_asked

    _BY_TEXT.update({as_asked(seed).text: seed.symbols for seed in seeds if seed.symbols})
    return student_notes(seeds, KnowsMoves(pass_rate, seed=random_seed))


def as_told(text: str, symbols: SymbolicProblem, key: str) -> SymbolicProblem:
    """The symbols after all changes that the text asks for, in the order in which it does."""
    found = sorted(
        (text.index(words), name) for words, name in CARRIED_OUT.items() if words in text
    )
    for _, name in found:
        try:
            symbols = mutate(symbols, name, seed=key)
        except MutationRefused:
            continue  # a model does something, or leaves it
    return symbols


class Obeying:
    """`reply` is the server's; `mistakes` is how often an uninstructed reply has one."""

    def __init__(self, mistakes: float = 0.4) -> None:
        self.mistakes = mistakes
        self.told: dict[str, str] = {}  # symbols by text

    def reply(self, body: dict[str, Any]) -> str:
        if len(body["messages"]) == 1:  # GEPA's own prompt
            return self._for_gepa(body["messages"][0]["content"])
        system, *shown, last = (m["content"] for m in body["messages"])
        asked = last[last.rindex("Respond with") :]
        if "`criticism`" in asked:
            return json.dumps({"criticism": self._warnings(_field(last, "outcomes"))})
        if "`new_instruction`" in asked:
            # dspy.GEPA's fields have names of their own.
            outcomes = _field(last, "outcomes") or _field(last, "examples_with_feedback")
            present = _field(last, "instruction") or _field(last, "current_instruction")
            said = _field(last, "criticism") or self._warnings(outcomes)
            return json.dumps({"new_instruction": f"{present} {said}"})
        if "`new_strategies`" in asked:
            return self._strategies(_field(last, "strategies"))
        if "`text`" in asked:
            return self._told(system, shown, last)
        if "`formalization`" in asked:
            return self._formalized(system, _field(last, "text"))
        return self._rewritten(system, shown, last)

    def _rewritten(self, system: str, shown: list[str], last: str) -> str:
        strategy, lines = _field(last, "strategy"), _field(last, "symbols")
        rng = Random(f"{strategy}{lines}")
        written = WrittenProblem.model_validate(lines)
        problem = as_told(strategy, written.to_problem(), lines)
        fields = WrittenProblem.model_validate(as_lines(problem)).model_dump(mode="json")
        mistake = rng.choice(MISTAKES) if rng.random() < self.mistakes else ""
        if any(strategy in message for message in shown) and rng.random() < 0.5:
            mistake = ""  # as in the demonstration
        if WARNING.format(mistake) in system:
            mistake = ""
        if mistake == "no_solution":
            name = fields["target"]
            fields["constraints"].append(f"{name} == {name} + 1")
        elif mistake == "many_solutions":
            fields["constraints"].pop()
        elif mistake == "idle_given":
            idle = {"name": "idle", "meaning": "another number", "unit": "", "value": "17"}
            fields["variables"].append({**idle, "domain": "positive_integer"})
        reply = json.dumps({"rewritten": fields})
        return reply[: len(reply) // 2] if mistake == "malformed" else reply

    def _told(self, system: str, shown: list[str], last: str) -> str:
        """The draft, of which a value is left out now and then."""
        draft = _field(last, "draft")
        leaves_out = Random(draft).random() < self.mistakes
        if leaves_out and not shown and WARNING.format("missing_given") not in system:
            draft = re.sub(r"\d+(\.\d+)?", "some", draft, count=1)
        self.told[draft] = _field(last, "symbols")
        return json.dumps({"text": draft})

    def _formalized(self, system: str, text: str) -> str:
        """What it told before, or a seed's symbols, of which a relation is left out now and then."""
        lines = self.told.get(text) or as_lines(
            next(s.symbols for s in SEEDS if s.text == text and s.symbols)
        )
        fields = WrittenProblem.model_validate(lines).model_dump(mode="json")
        leaves_out = text not in self.told and Random(text).random() < self.mistakes
        if leaves_out and WARNING.format("many_solutions") not in system:
            fields["constraints"].pop()
        return json.dumps({"formalization": fields})

    def _warnings(self, outcomes: str) -> str:
        """Of the mistakes that the outcomes tell;"""
        reasons = dict.fromkeys(re.findall(r"\b([a-z]+_[a-z]+|malformed)\b(?=[):])", outcomes))
        return " ".join(WARNING.format(reason) for reason in reasons) or "Go on so."

    def _for_gepa(self, prompt: str) -> str:
        """The instruction in the first block of the prompt, with warnings, in a block."""
        present = prompt.partition("```\n")[2].partition("\n```")[0]
        return f"```\n{present} {self._warnings(prompt)}\n```"

    def _strategies(self, strategies: str) -> str:
        texts = [line[2:].rpartition(" (")[0] for line in strategies.splitlines()]
        good = [t for t, line in zip(texts, strategies.splitlines(), strict=True) if RIGHT in line]
        joined = [
            {"name": f"joined {i}", "text": f"{one} Go on: {other}"}
            for i, (one, other) in enumerate(pairwise([*good, texts[-1]]))
        ]
        return json.dumps({"new_strategies": joined})


def _field(message: str, name: str) -> str:
    found = re.search(rf"\[\[ ## {name} ## \]\]\n(.*?)\n\n(?:\[\[|Respond)", message, re.DOTALL)
    return found[1].strip() if found else ""


@contextmanager
def obeying(mistakes: float = 0.4, **budget: Any) -> Iterator[TeacherCalls]:
    """Such a teacher."""
    with openai_server(Obeying(mistakes).reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        yield TeacherCalls(
            lm.copy(num_retries=0), adapter=dspy.JSONAdapter(), concurrency=4, **budget
        )


def measured(
    program: GenerateProblem,
    teacher: TeacherCalls,
    seeds: Sequence[Seed],
    notes: Mapping[str, str],
    *,
    laps: int,
) -> list[Decision]:
    """Decisions on the seeds, the same number of times on each."""
    meter = KnowsMoves(pass_rate, seed=99)
    decisions: list[Decision] = []
    for lap in range(laps):
        decisions += measure_program(
            program, seeds, meter, stream=50 + lap, notes=notes, variants=4, teacher=teacher
        ).decisions
    return decisions


def worth(decisions: Sequence[Decision], teacher_call_price: float = 8.0) -> tuple[float, float]:
    """Learnable coverage of a decision, and for 32 rollouts at the price of calls."""
    covered = sum(shares([learnable_of(d, coverage, d.band) for d in decisions]))
    cost = sum(decision_cost(d, teacher_call_price) for d in decisions)
    return covered / len(decisions), 32 * covered / cost


def shuffled(program: GenerateProblem, random_seed: int) -> GenerateProblem:
    other: GenerateProblem = program.deepcopy()
    other.mutate.weights.shuffle(random_seed)
    return other
