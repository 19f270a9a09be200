"""Who a teacher is: two that read otherwise are told apart, and one is the same from start to start."""

from __future__ import annotations

import shutil

import dspy
import pytest

from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.embedded import reader_adapter
from zoped.programs.teachers.load import identity, load_teacher


def at(url: str, **options: object) -> str:
    return identity(load_teacher("openai/mine", **{"api_base": url, "api_key": "k"} | options))


def test_a_model_of_a_provider_is_its_name() -> None:
    assert identity(load_teacher("openai/gpt-5-mini", api_key="k")) == "openai/gpt-5-mini"
    assert identity(None) == ""


def test_servers_that_call_their_models_the_same_are_told_apart() -> None:
    assert at("http://10.0.0.1:8000/v1") != at("http://10.0.0.2:8000/v1")
    assert at("http://10.0.0.1:8000/v1") != identity(dspy.LM("openai/mine", engine="litellm"))


def test_how_a_server_is_asked_is_not_who_it_is() -> None:
    who = at("http://10.0.0.1:8000/v1")
    assert at("http://10.0.0.1:8000/v1/") == who
    assert at("http://ann:secret@10.0.0.1:8000/v1?key=secret").startswith("openai/mine")
    assert "secret" not in at("http://ann:secret@10.0.0.1:8000/v1")
    assert at("http://10.0.0.1:8000/v1", api_key="other", seed=3, max_tokens=99) == who
    lm = load_teacher("openai/mine", api_base="http://10.0.0.1:8000/v1", temperature=0.0)
    assert identity(TeacherCalls(lm).at_temperature(1.0).lm) == identity(lm) == who


@pytest.mark.slow
def test_embedded_readers_are_what_they_have_learnt_and_not_their_ports(tmp_path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    same, other = tmp_path / "same.gguf", tmp_path / "other.gguf"
    shutil.copy(reader_adapter(), same)
    other.write_bytes(same.read_bytes() + bytes(32))
    names = ("embedded-reader", f"embedded-reader:{same}", f"embedded-reader:{other}", "embedded")
    lms = [load_teacher(name) for name in names]
    assert len({lm.kwargs["api_base"] for lm in lms}) == 4
    packaged, copied, another, untaught = map(identity, lms)
    assert packaged == copied and len({packaged, another, untaught}) == 3
    assert identity(lms[0].copy(temperature=1.0)) == packaged
