"""A hub that does not answer is found out at once, and what was fetched before is used."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from zoped.foundation.hub import hub_is_reachable
from zoped.students import StudentError, load_student
from zoped.students.hugging_face import student_folder


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    hub_is_reachable.cache_clear()
    yield
    hub_is_reachable.cache_clear()


@pytest.mark.parametrize("name", ["nosuch/model", "nosuch", "a b"])
def test_a_name_that_only_the_hub_could_know_is_told_without_trying(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StudentError, match="the hub cannot be reached; give `lab`"):
        load_student(name)
    assert "Retrying" not in capfd.readouterr().err


def test_a_model_in_the_cache_is_used_without_the_hub(tmp_path: Path) -> None:
    kept = tmp_path / "models--some--one"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0" * 40)
    shutil.copytree(student_folder("lab"), kept / "snapshots" / ("0" * 40))
    assert load_student("some/one").folder == str(kept / "snapshots" / ("0" * 40))


def test_a_proxy_is_left_to_the_client_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not hub_is_reachable()
    hub_is_reachable.cache_clear()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert hub_is_reachable()
