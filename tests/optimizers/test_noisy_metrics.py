"""Tuning programs that have nothing to do with mathematics, under a metric that is noise in part."""

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import dspy
import gepa.api
import pytest
from dspy.lm15 import TimeoutError as LM15TimeoutError
from gepa.core.adapter import EvaluationBatch

from tests.openai_server import API_KEY, MODEL, openai_server
from tests.programs.scripted import Teacher
from zoped.optimizers import PairedGain
from zoped.optimizers.noisy import RacedInstructions
from zoped.programs import TeacherError

LABELS = ("billing", "login")


@dataclass
class Evaluated:
    scores: list[float]


@dataclass
class Proposal:
    before: list[float]
    after: list[float]
    eval_before: Any = field(init=False)
    eval_after: Any = field(init=False)

    def __post_init__(self) -> None:
        self.eval_before, self.eval_after = Evaluated(self.before), Evaluated(self.after)


def test_a_gain_has_to_exceed_its_standard_error():
    criterion = PairedGain()
    clear = Proposal([0, 0, 0, 1, 0, 0], [1, 1, 0, 1, 1, 1])
    assert criterion.should_accept(clear, None)
    lucky = Proposal([0, 1, 0, 1, 1, 0], [1, 0, 0, 1, 1, 1])
    assert sum(lucky.after) > sum(lucky.before)  # what gepa's own criterion would take
    assert not criterion.should_accept(lucky, None)
    assert (
        criterion.reject_reason(lucky, None) == "a paired gain of +0.167 does not exceed 1 x 0.307"
    )
    assert not criterion.should_accept(Proposal([0.6], [1.0]), None)
    with pytest.raises(ValueError, match="errors is -1"):
        PairedGain(-1)


def test_of_identical_candidates_it_accepts_a_sixth_where_the_sum_accepts_two_fifths():
    rng, accepted = Random(0), Counter()
    for _ in range(2_000):
        before, after = ([float(rng.random() < 0.5) for _ in range(8)] for _ in range(2))
        accepted["paired"] += PairedGain().should_accept(Proposal(before, after), None)
        accepted["sum"] += sum(after) > sum(before)
    assert 0.10 < accepted["paired"] / 2_000 < 0.20
    assert accepted["sum"] / 2_000 > 0.38


class Worthless:
    """gepa's adapter: every candidate is worth as much as any other, and measured with noise."""

    propose_new_texts = None

    def __init__(self) -> None:
        self.rng = Random(1)

    def evaluate(self, batch, candidate, capture_traces=False):
        scores = [float(self.rng.random() < 0.5) for _ in batch]
        return EvaluationBatch(outputs=scores, scores=scores, trajectories=scores)

    def make_reflective_dataset(self, candidate, eval_batch, components):
        return {name: [{"score": s} for s in eval_batch.scores] for name in components}


def test_gepas_engine_takes_it():
    def accepted(criterion) -> int:
        texts = iter(f"```\ntext {n}\n```" for n in range(1_000))
        result = gepa.api.optimize(
            seed_candidate={"text": "text"},
            trainset=list(range(40)),
            valset=list(range(4)),
            adapter=Worthless(),
            reflection_lm=lambda prompt: next(texts),
            reflection_minibatch_size=8,
            acceptance_criterion=criterion,
            max_metric_calls=900,
            skip_perfect_score=False,
            raise_on_exception=True,
            logger=Quiet(),
        )
        return len(result.candidates) - 1

    assert accepted(PairedGain()) < 0.6 * accepted("strict_improvement")


class Quiet:
    def log(self, message: str) -> None:
        """Nothing is shown."""


def test_instructions_of_a_classifier_are_raced_within_the_budget():
    """The rule that helps is one of four that the reflecting model writes in turn."""
    rules = ["Shout.", "Read the ticket twice.", "Be brief.", "Guess."]
    rng, proposed = Random(0), []

    def reply(body):
        text = "\n".join(message["content"] for message in body["messages"])
        if "new_instruction" in text:
            proposed.append(rules[len(proposed) % 4])
            return json.dumps({"new_instruction": f"Label the ticket. {proposed[-1]}"})
        ticket = int(text.rsplit("Ticket ", 1)[1].split(".")[0])
        right = rng.random() < (0.9 if "twice" in text else 0.5)
        label = LABELS[ticket % 2] if right else LABELS[1 - ticket % 2]
        return f"[[ ## label ## ]]\n{label}\n\n[[ ## completed ## ]]"

    metered = Counter()

    def metric(example, made, trace=None, name=None, name_trace=None):
        metered["calls"] += 1
        right = made.label == example.label
        return dspy.Prediction(score=float(right), feedback="right" if right else example.label)

    examples = [
        dspy.Example(ticket=f"Ticket {n}.", label=LABELS[n % 2]).with_inputs("ticket")
        for n in range(36)
    ]
    with openai_server(reply) as server:
        options = {"api_base": server.url, "api_key": API_KEY, "cache": False, "temperature": 1.0}
        lm = dspy.LM(f"openai/{MODEL}", **options)
        optimizer = RacedInstructions(
            metric,
            max_metric_calls=150,
            reflection_lm=lm,
            candidates=4,
            generations=1,
            batch_size=10,
            num_threads=1,
        )
        program = dspy.Predict(dspy.Signature("ticket -> label", "Label the ticket."))
        with dspy.context(lm=lm):
            best = optimizer.compile(program, trainset=examples)
    assert best.signature.instructions == "Label the ticket. Read the ticket twice."
    assert program.signature.instructions == "Label the ticket."
    assert best.tuning["metric_calls"] == metered["calls"] <= 150
    assert best.tuning["score"] > 0.7
    assert any(LABELS[0] in prompt and "Feedback" in prompt for prompt in server.prompts())


EXAMPLES = [
    dspy.Example(ticket=f"Ticket {n}.", label=LABELS[n % 2]).with_inputs("ticket")
    for n in range(12)
]


class Labels(Teacher):
    """Labels every ticket alike; as the model that reflects, says the next of `written` or fails."""

    def __init__(self, *written):
        super().__init__()
        self.written = list(written)

    def reply(self, request):
        if "new_instruction`" not in request.messages[-1].text:
            return {"label": LABELS[0]}
        said = self.written.pop(0) if self.written else "Label it well."
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, dict) else {"new_instruction": said}


def raced(engine, *, metric=None, program=None, trainset=EXAMPLES, lm=True, **options):
    optimizer = RacedInstructions(
        metric or (lambda gold, pred, trace, name, name_trace: float(pred.label == gold.label)),
        reflection_lm=engine.lm(),
        **{"max_metric_calls": 32, "generations": 2, "candidates": 2, "num_threads": 2} | options,
    )
    with dspy.context(lm=engine.lm() if lm else None, adapter=dspy.JSONAdapter()):
        return optimizer.compile(program or dspy.Predict("ticket -> label"), trainset=trainset)


@pytest.mark.parametrize("reply", [LM15TimeoutError("busy"), {"thoughts": "none"}, ""])
def test_an_instruction_that_does_not_come_is_one_less(reply):
    engine = Labels("Label it.", reply, reply, "Label the ticket.")
    tuned = raced(engine)
    assert tuned.tuning["metric_calls"] <= 32
    assert not engine.written


def test_a_model_that_never_reflects_ends_it_with_a_reason():
    engine = Labels(*[LM15TimeoutError("busy")] * 9)
    with pytest.raises(TeacherError, match=r"did not answer 4 times in a row.*busy"):
        raced(engine, max_metric_calls=160, generations=8)


class Silent(dspy.Module):
    def forward(self, ticket):
        return dspy.Prediction(label=LABELS[0])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"metric": lambda gold, pred, trace=None: 1.0}, "cannot be called as dspy.GEPA calls it"),
        ({"metric": lambda *_: {"score": 1.0}}, "the metric gave {'score': 1.0}; it must give"),
        ({"metric": lambda *_: None}, "the metric gave None; it must give a number"),
        ({"program": Silent()}, "Silent has no predictors"),
        ({"lm": False}, "there is no LM to ask"),
        ({"trainset": []}, "give at least six"),
    ],
)
def test_what_can_find_nothing_is_told_before_a_budget_is_spent(options, said):
    engine = Labels()
    with pytest.raises(ValueError, match=said):
        raced(engine, **options)
    assert engine.calls <= 4


def test_the_score_is_that_of_examples_which_the_race_did_not_use():
    race, settle = EXAMPLES[:6], EXAMPLES[6:9]
    optimizer = RacedInstructions(
        lambda gold, *_: float(gold.ticket in [example.ticket for example in race]),
        reflection_lm=Labels().lm(),
        max_metric_calls=32,
        generations=2,
    )
    with dspy.context(lm=Labels().lm(), adapter=dspy.JSONAdapter()):
        tuned = optimizer.compile(
            dspy.Predict("ticket -> label"), trainset=race, valset=settle
        ).tuning
    assert tuned["score"] == 0


def test_a_budget_that_pays_for_no_race_is_refused():
    with pytest.raises(ValueError, match="need at least 128"):
        RacedInstructions(lambda *_: 0, max_metric_calls=127, reflection_lm=dspy.LM("openai/x"))
    with pytest.raises(ValueError, match="need at least 10"):
        raced(Labels(), max_metric_calls=9, batch_size=1)
    assert raced(Labels(), max_metric_calls=10, batch_size=1).tuning["score"] is not None
