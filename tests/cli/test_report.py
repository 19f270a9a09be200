"""`zoped report`: what the page holds, and what the command says where there is nothing to show."""

import base64
import gzip
import json
import re
import shutil

import pytest

from tests.command_line import zoped_says
from tests.small_run import SMALL_RUN
from zoped.cli.report import names
from zoped.cli.run_page.page import SCRIPTS, STATIC, packed, render
from zoped.cli.run_page.problems import _problem
from zoped.evals import PassRate
from zoped.evals.held_out import elementary_seeds
from zoped.programs import GenerateProblem, Reason, Rejection
from zoped.programs.random_operators import RandomOperators
from zoped.train.config_file import write_config
from zoped.train.curriculum.observed import training_label
from zoped.train.loop.costs import SECONDS
from zoped.train.loop.generate import predicted_key
from zoped.train.results import Evaluated, Generated, Measured, Trained, Tuned
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState

HOSTILE = '</script><img src=x onerror="window.hit=1"><script>window.hit=2</script> "\'{{7*7}}'
MEASURED = Measured(0.1, 10, 0.2, 0.6, teacher_calls=3, rollouts=40)
TUNED = Tuned(0.4, 10, origin=f"a menu of {HOSTILE}", teacher_calls=5, rollouts=200)
GENERATED = Generated(
    student="lab@1",
    accepted=12,
    rejected=2,
    contaminated=0,
    in_band=4,
    band_share=0.3,
    band_low=0.2,
    band_high=0.8,
    training_problems=8,
    from_outside=0,
    repeated=4,
    replayed=0,
    seeds=0,
    gradient_share_expected=0.7,
    teacher_calls=2,
    rollouts=48,
    distinct=4,
    structures=3,
)
TRAINED = Trained(2, 1, 64, 0.7, 0.4, 0.6, 0.4, 0.6, gradient_share=0.5)


def evaluated(correct):
    return Evaluated(correct / 40, correct, 40, correct / 40 - 0.1, correct / 40 + 0.1, 40)


def zoped(*arguments):
    return zoped_says("report", *arguments)


def begun(folder, **changes):
    """A run folder with the start evaluated."""
    folder.mkdir(parents=True)
    write_config(folder / "config.yaml", RunSettings.model_validate({**SMALL_RUN, **changes}))
    with RunState(folder / STATE) as state:
        evaluated(10).save(state, 0)
    return folder


def made(count=12):
    """Generated problems of several seeds and moves; the last one's text attacks the page."""
    generator, problems = RandomOperators(variants=4), []
    for stream, seed in enumerate(elementary_seeds()):
        problems += generator(seed, stream).accepted
    chosen = problems[:: max(1, len(problems) // count)][:count]
    return [*chosen[:-1], chosen[-1].model_copy(update={"text": HOSTILE})]


def grown(folder, **changes):
    """A run folder with one round that is over and two of whose prompts were tuned."""
    begun(folder, **changes)
    problems = made()
    before, after = GenerateProblem(), GenerateProblem()
    chosen = after.mutate.choose
    chosen.signature = chosen.signature.with_instructions(f"Always add a step. {HOSTILE}")
    after.mutate.weights.set("easy", {"double_step": 2.5, "add_step": 0.25})
    with RunState(folder / STATE) as state:
        state.save_seeds(elementary_seeds())
        ids = [seed.id for seed in elementary_seeds()]
        state.save_pass_rates(ids, [PassRate(2, 4)] * len(ids), "lab@1")
        MEASURED.save(state, 1)
        TUNED.save(state, 1)
        state.save_prompts(1, "before", before.dump_state())
        state.save_prompts(1, "after", after.dump_state())
        why = Rejection(seed_id=ids[0], reason=Reason.DUPLICATE, detail=HOSTILE, move="add_step")
        state.record_step(
            1, 0, seed_id=ids[0], accepted=problems, rejected=[why, why], teacher_calls=2
        )
        rates = [PassRate(i % 5, 4) for i in range(len(problems) - 1)]
        state.save_pass_rates([p.id for p in problems[:-1]], rates, "lab@1")
        state.save_pass_rates([problems[0].id], [PassRate(6, 8)], training_label(1))
        state.set_meta(SECONDS, 90.0)
        state.set_meta(predicted_key(1), {p.id: 0.25 for p in problems})
        GENERATED.save(state, 1)
        TRAINED.save(state, 1)
        evaluated(14).save(state, 1)
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = grown(tmp_path_factory.mktemp("report") / "small")
    code, said = zoped(folder)
    assert code == 0 and "report.html" in said
    return (folder / "report.html").read_text(encoding="utf-8")


def unpacked(page):
    found = re.search(r'<script id="data" type="text/plain">([^<]*)</script>', page)[1]
    return json.loads(gzip.decompress(base64.b64decode(found)))


def test_the_page_tells_what_the_round_came_to(page):
    # In words, whatever spaces stand between.
    text = re.sub(r"\s+", " ", page)
    for told in ("25.0 % → <b>35.0 %</b>", "<b>12</b> accepted, 2 rejected", "reward 0.40 →"):
        assert told in text
    assert "<b>1.5</b><small>of work" in text, "as `zoped runs` has it"
    assert "over: 1 round;" in text and "Always add a step." in text and "<del>Choose one" in text


def test_the_data_have_every_problem_with_its_way_to_the_seed(page):
    data = unpacked(page)
    assert len(data["problems"]) == 12
    first = data["problems"][0]
    seeds = {seed["id"]: seed for seed in data["seeds"]}
    assert first["parent"] in seeds and first["move"] and first["steps"] and first["predicted"]
    assert first["measured"] == [0, 4]
    assert first["training"] == [6, 8] and data["problems"][-1]["measured"] is None
    assert seeds[first["seed"]]["rates"] == [[1, 2, 4]]
    assert data["runs"][0]["weights"][0]["move"] in ("double_step", "add_step")
    assert data["runs"][0]["rejections"] == [
        {"round": 1, "reason": "duplicate", "move": "add_step", "count": 2}
    ]


def test_what_a_model_wrote_is_text_in_the_page_and_nothing_else(page):
    assert unpacked(page)["problems"][-1]["text"] == HOSTILE
    assert "<img" not in page and "window.hit=2</script>" not in page
    assert "&lt;/script&gt;&lt;img src=x" in page and "{{7*7}}" in page
    assert page.count("<script>") == page.count("</script>") - 1  # and the one that holds the data


def test_no_library_could_end_its_own_element():
    for file in [*(STATIC / name for name in SCRIPTS), *(STATIC / "vendor").iterdir()]:
        assert "</script" not in file.read_text(encoding="utf-8").lower(), file.name


def test_ten_thousand_problems_fit_into_five_megabytes(tmp_path):
    generator, rows = RandomOperators(variants=3), []
    for stream in range(4):
        for seed in elementary_seeds():
            rows += map(_problem, generator(seed, stream).accepted)
    from zoped.cli.run_page.contents import read_run

    empty = len(render([read_run(begun(tmp_path / "run"), "run")]))
    # More problems pack better than fewer, so this is more than they come to.
    assert len(rows) > 300 and empty + len(packed(rows)) / len(rows) * 10_000 < 5_000_000


def test_a_run_that_has_only_begun_has_a_page(tmp_path):
    folder = begun(tmp_path / "run")
    code, _ = zoped(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert code == 0 and "not over: round 1 of 1" in page and "No round has begun." in page
    assert unpacked(page)["problems"] == []
    with RunState(folder / STATE) as state:
        state.save_prompts(1, "before", GenerateProblem().dump_state())
        MEASURED.save(state, 1)
    assert zoped(folder)[0] == 0  # its own page is replaced
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "the next phase is &#39;tune&#39;" in page and "not done" in page


def test_several_runs_stand_side_by_side(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = grown(tmp_path / "a" / "quick")
    shutil.copytree(one, tmp_path / "b" / "quick")
    begun(tmp_path / "c" / "quick", seed=3)
    code, said = zoped("a/quick", "b/quick", "c/quick")
    assert code == 0 and said.startswith("report.html: ")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    code, said = zoped("c/quick", "--json")
    assert code == 0 and json.loads(said)["report"] == "c/quick/report.html"
    data = unpacked(page)
    assert [run["name"] for run in data["runs"]] == ["a/quick", "b/quick", "c/quick"]
    assert {problem["run"] for problem in data["problems"]} == {0, 1}
    assert "What differs" in page and "<code>seed</code>" in page


def test_runs_are_told_apart_by_the_shortest_ends_of_their_paths(tmp_path):
    assert names([tmp_path / "x" / "one", tmp_path / "y" / "two"]) == ["one", "two"]
    assert names([tmp_path / "x" / "one", tmp_path / "y" / "one"]) == ["x/one", "y/one"]


def test_what_is_no_run_is_named(tmp_path):
    assert zoped(tmp_path / "none") == (
        2,
        f"zoped: {tmp_path / 'none'} is no run folder: there is no such folder\n",
    )
    assert "is no run folder: it has no config.yaml" in zoped(tmp_path)[1]
    assert not list(tmp_path.iterdir())
    folder = begun(tmp_path / "run")
    code, said = zoped(folder, folder)
    assert code == 2 and "named twice" in said
    (tmp_path / "mine.html").write_text("<p>mine", encoding="utf-8")
    code, said = zoped(folder, "-o", tmp_path / "mine.html")
    assert code == 2 and "was not written by `zoped report`" in said
    assert zoped(folder, "-o", tmp_path)[0] == 2
    (folder / STATE).write_bytes(b"no database at all, but long enough to be read as one" * 99)
    code, said = zoped(folder, "-o", tmp_path / "new.html")
    assert code == 2 and "state.db" in said and not (tmp_path / "new.html").exists()
