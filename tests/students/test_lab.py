"""The lab student can be made again; what it learns from is right and not held out."""

from itertools import islice
from statistics import fmean

import pytest

from zoped.evals import accuracy, answers_match, extract_answer
from zoped.evals.held_out import held_out_problems, held_out_set, normalized
from zoped.students.lab import (
    Example,
    LabSettings,
    lab_examples,
    make_lab_student,
)
from zoped.students.uneven import (
    OF_STORIES,
    kind_of,
    uneven_examples,
    uneven_stories,
    with_wrong_operation,
    wrong_share,
)
from zoped.symbolic import solve
from zoped.train import load_student
from zoped.train.teacher.worked import worked_stories


def test_examples_end_in_their_answer_and_are_not_held_out():
    held_out = {normalized(problem.text) for problem in held_out_problems()}
    examples = list(islice(lab_examples(LabSettings()), 400))
    assert not {normalized(example.text) for example in examples} & held_out
    for example in examples:
        boxed = extract_answer(example.answer)
        last_step = example.answer.split(" \\boxed")[0].rstrip(".").rpartition("= ")[2]
        assert answers_match(last_step, boxed)


@pytest.mark.slow
def test_the_same_settings_give_the_same_examples():
    one, two = (list(islice(lab_examples(LabSettings(seed=5)), 20)) for _ in range(2))
    assert one == two != list(islice(lab_examples(LabSettings(seed=6)), 20))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("8 + 3 = 11. \\boxed{11}", "8 - 3 = 5. \\boxed{5}"),
        ("3 + 8 = 11. \\boxed{11}", "8 - 3 = 5. \\boxed{5}"),
        ("8 - 3 = 5. \\boxed{5}", "8 + 3 = 11. \\boxed{11}"),
        ("4 * 8 = 32. 2 + 32 = 34. \\boxed{34}", "4 * 8 = 32. 32 - 2 = 30. \\boxed{30}"),
        ("2 * 3 = 6. 6 * 4 = 24. \\boxed{24}", "2 * 3 = 6. 6 + 4 = 10. \\boxed{10}"),
        ("60 / 10 = 6. \\boxed{6}", "60 - 10 = 50. \\boxed{50}"),
    ],
)
def test_a_wrong_operation_is_carried_out_right(right, wrong):
    assert with_wrong_operation(right) == wrong


def test_the_uneven_one_misunderstands_kinds_of_problems_and_nothing_else():
    """Half of the kinds, each as often as it is to; the others it has read right solutions of alone."""
    shares = [wrong_share(str(seed), step) for seed in range(200) for step in ("", "add_step")]
    assert 0.4 < fmean(share > 0 for share in shares) < 0.6
    assert all(share == 0 or 0.4 <= share < 0.95 for share in shares)
    plain = LabSettings(slips=0.0, more_steps=0, other=0, two_digits=0)
    held_out = {normalized(p.text) for p in (*held_out_problems(), *held_out_set("lab", 600))}
    examples = list(islice(uneven_examples(plain), 600))
    assert not {normalized(example.text) for example in examples} & held_out
    outfits = [e.answer for e in examples if "wear" in e.text or "combinations" in e.text]
    wrong = fmean(" + " in answer for answer in outfits)
    assert len(outfits) > 8 and abs(wrong - wrong_share("outfits", "")) < 0.35


@pytest.mark.parametrize(
    ("text", "answer", "kind"),
    [
        ("Ann had 8 pens and lost 3. How many are left?", "8 - 3 = 5. \\boxed{5}", ("left", "-")),
        (
            "Each of 4 boxes holds 8 pens. 2 more lie there.",
            "4 * 8 = 32. 32 + 2 = 34.",
            ("more", "*+"),
        ),
        ("Find the sum of 60 and 10.", "60 + 10 = 70. \\boxed{70}", ("", "+")),
    ],
)
def test_the_kind_of_a_story_is_a_key_word_and_what_solves_it(text, answer, kind):
    assert kind_of(Example(text, answer)) == kind


def test_stories_of_a_misunderstood_kind_end_wrong_as_often_as_they_are_to():
    stories = list(islice(worked_stories(0, 0.0), 1500))
    read = list(islice(uneven_stories(stories, 0), 1500))
    assert [story.text for story in read] == [story.text for story in stories]
    for share in {wrong_share(*kind_of(story), shares=OF_STORIES) for story in stories}:
        pairs = [
            (told.answer != right.answer)
            for told, right in zip(read, stories, strict=True)
            if wrong_share(*kind_of(right), shares=OF_STORIES) == share
        ]
        if share == 0:
            assert not any(pairs)
        elif len(pairs) > 40:
            assert abs(fmean(pairs) - share) < 0.25


@pytest.mark.slow
def test_a_small_one_is_made_saved_and_asked(tmp_path):
    told = []
    settings = LabSettings(examples=200, epochs=1, batch=32, others=0.5, vocabulary=1100)
    others = worked_stories(0, settings.slips)
    make_lab_student(tmp_path, settings, others=others, on_progress=lambda *news: told.append(news))
    assert told[-1][:2] == (len(told), len(told))
    assert told[-1][2] < told[0][2], "the loss falls"
    student = load_student(tmp_path)
    assert len(student.sample(["Ann has 2 pens."], samples=2, seed=0)[0]) == 2
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 5e6
    assert next(others).text, "half of the examples were stories, and no more"
    assert len(student.tokenizer.encode("How many stickers does Amina have?")) < 20


def test_the_packaged_one_has_a_graded_ability():
    student = load_student("lab")

    def share_right(problems):
        replies = student.greedy([problem.text for problem in problems])
        right = [
            answers_match(extract_answer(reply), problem.answer)
            for reply, problem in zip(replies, problems, strict=True)
        ]
        return sum(right) / len(right)

    problems = [(p, len(solve(p.symbols).steps)) for p in held_out_problems()]
    small = [p for p, steps in problems if steps == 1 and one_digit(p)][:60]
    hard = [p for p, steps in problems if steps > 1 or not one_digit(p)][:120]
    assert len(small) == 60
    assert share_right(small) >= 0.8, "most problems of one step are right"
    assert share_right(hard) <= 0.45, "most with more steps or two digits are wrong"


def test_the_one_that_reads_stories_has_too():
    problems = held_out_set("stories", 240)
    found = {
        name: accuracy(load_student(name), problems, samples=1, seed=0).scores
        for name in ("lab", "lab-stories")
    }
    one_step = [s for s, p in zip(found["lab-stories"], problems, strict=True) if p.grade == 0]
    others = [s for s, p in zip(found["lab-stories"], problems, strict=True) if p.grade > 0]
    assert 0.35 < fmean(one_step) < 0.7 and 0.03 < fmean(others) < 0.3
    assert fmean(found["lab"]) < 0.1, "rules' English alone"


def one_digit(problem):
    return all(abs(variable.value) < 10 for variable in problem.symbols.givens)
