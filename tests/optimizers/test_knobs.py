"""Settings of reasoning_gym's generators as moves."""

from itertools import islice

import pytest

from zoped.evals import PassRateMeter
from zoped.optimizers.knobs import KnobError, Knobs, weigh_knobs


class Adder:
    """Adds well when there are few terms, badly when there are many: by chance in between."""

    version = "adder"

    def sample(self, texts, *, samples, seed):
        import random

        answers = []
        for text in texts:
            sum_ = text.split(":")[-1].strip().rstrip("=").strip()
            terms = [int(term) for term in sum_.replace("- ", "+ -").split("+")]
            chance = {2: 1.0, 3: 0.5, 4: 0.5}.get(len(terms), 0.0)
            rng = random.Random(f"{text}{seed}")
            answers.append(
                [
                    f"<answer>{sum(terms) + (rng.random() >= chance)}</answer>"
                    for _ in range(samples)
                ]
            )
        return answers


def test_the_settings_that_are_learnable_get_the_weight():
    knobs = Knobs("chain_sum", [{"min_terms": n, "max_terms": n} for n in (2, 4, 8)])
    found = weigh_knobs(
        knobs,
        lambda check: PassRateMeter(Adder(), min_rollouts=4, max_rollouts=8, check=check),
        items=6,
    )
    easy, middle, hard = found.values()
    assert all(rate.rate == 1 for rate in easy.pass_rates)
    assert all(rate.rate == 0 for rate in hard.pass_rates)
    assert middle.learnable > 0.5 > easy.learnable == hard.learnable == 0
    assert middle.weight > 5 * max(easy.weight, hard.weight) > 0
    weights = {move: each.weight for move, each in found.items()}
    drawn = list(islice(knobs.drawn(weights, seed=3), 60))
    assert drawn == list(islice(knobs.drawn(weights, seed=3), 60))
    assert sum(item.move == "min_terms=4 max_terms=4" for item in drawn) > 40
    assert len({item.text for item in drawn}) > 55
    measured = {item.text for move in knobs.moves for item in knobs.items(move, 6)}
    assert len(measured & {item.text for item in drawn}) < 3


def test_items_are_graded_as_their_data_set_does():
    knobs = Knobs("chain_sum", {"max_digits": [1, 2]})
    (item,) = knobs.items("max_digits=2", 1, seed=5)
    gold = item.entry["answer"]
    for text in (f"<answer>{gold}</answer>", f"So \\boxed{{{gold}}}", gold):
        assert knobs.check(text, item.answer)
    assert not knobs.check(f"\\boxed{{{gold}1}}", item.answer)
    assert not knobs.check("", item.answer)


def test_an_answer_of_lines_or_of_any_length_is_graded_as_it_stands():
    for dataset, settings in (
        ("futoshiki", {"min_board_size": [5], "max_board_size": [5]}),
        ("number_sorting", {"min_numbers": [900], "max_numbers": [900]}),
    ):
        knobs = Knobs(dataset, settings)
        (item,) = knobs.items(next(iter(knobs.moves)), 1)
        gold = item.entry["answer"]
        assert knobs.check(f"So it is\n<answer>\n{gold}\n</answer>", item.answer)
        assert not knobs.check(f"<answer>{gold[:-3]}</answer>", item.answer)


def test_levels_that_their_own_data_set_refuses_are_no_moves():
    knobs = Knobs("caesar_cipher")
    assert list(knobs.moves) and set(knobs.moves).isdisjoint(knobs.refused)
    assert "rotation must be in range" in next(iter(knobs.refused.values()))
    assert all(knobs.items(move, 1) for move in knobs.moves)


def test_the_levels_of_a_curriculum_are_moves():
    knobs = Knobs("chain_sum")
    assert list(knobs.moves)[:2] == ["level=0", "level=1"]
    first, last = (knobs.items(move, 5) for move in ("level=0", list(knobs.moves)[-1]))
    assert max(len(item.text) for item in first) < max(len(item.text) for item in last)


@pytest.mark.parametrize(
    ("dataset", "settings", "message"),
    [
        ("chain_sun", None, "no data set 'chain_sun'; did you mean `chain_sum`"),
        ("chain_sum", {"min_terms": [0]}, "chain_sum: min_terms=0: "),
        ("chain_sum", {"terms": [2]}, "unexpected keyword argument 'terms'"),
        ("chain_sum", {}, "0 configurations; give 1 to 256"),
        (
            "chain_sum",
            {"min_digits": range(20), "max_digits": range(20)},
            "more than 256 configurations",
        ),
    ],
)
def test_what_reasoning_gym_does_not_take_is_told(dataset, settings, message):
    with pytest.raises(KnobError, match=message):
        Knobs(dataset, settings)
