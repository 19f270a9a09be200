"""A key is nowhere but in the environment: not in a file, not in what is printed."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
import yaml

from tests.chaos_server import in_turn, refusal
from tests.openai_server import Reply, openai_server

KEY = "sk-planted-key-0123456789"
USER, PASSWORD, TOKEN = "planted-user", "planted-password", "planted-token"
BASIC = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
ECHO = f"no such key: Bearer {KEY} of {USER}:{PASSWORD} with {TOKEN}"
CHOICE = '{"choice": {"operator": "change_numbers", "number": 0}}'
TINY = {
    "rounds": 1,
    "seeds": {"path": "elementary"},
    "measure": {"seeds": 2, "variants": 1},
    "tune": {"enabled": False},
    "generate": {"decisions": 6, "variants": 8},
    "meter": {"max_rollouts": 4},
    "train": {"steps": 1, "prompts_per_step": 2, "num_generations": 4},
    "evaluate": {"problems": 10},
}


def zoped(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "zoped.cli.main", *arguments],
        cwd=folder,
        env={**os.environ, "OPENAI_API_KEY": KEY, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def leaks(folder: Path, printed: str) -> list[str]:
    """Where one of the planted texts is found."""
    planted = (KEY, USER, PASSWORD, TOKEN)
    found = [f"printed: {text}" for text in planted if text in printed]
    for file in (path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        found += [f"{file}: {text}" for text in planted if text.encode() in content]
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", ["generate", "run"])
def test_keys_reach_no_file_and_no_output(tmp_path: Path, command: str) -> None:
    faults: list[Reply] = [refusal(400, ECHO), refusal(500, ECHO, Retry_After="0"), ECHO]
    with openai_server(in_turn(["OK", *faults], CHOICE), authorization=BASIC) as server:
        base = server.url.replace("http://", f"http://{USER}:{PASSWORD}@") + f"?key={TOKEN}"
        if command == "generate":
            asked = ("--teacher", "openai/scripted", "--api-base", base, "--concurrency", "2")
            code, printed = zoped(tmp_path, "generate", *asked, "-n", "4", "-o", "out.jsonl")
        else:
            teacher = {"model": "openai/scripted", "api_base": "API_BASE", "concurrency": 2}
            (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY | {"teacher": teacher}))
            setting = f"teacher.api_base={base}"
            code, printed = zoped(tmp_path, "run", "tiny.yaml", "--set", setting)
        assert len(server.requests) > 4
    assert code == 0, printed
    assert leaks(tmp_path, printed) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_key_that_is_refused_is_not_repeated(tmp_path: Path) -> None:
    with openai_server(lambda _: refusal(401, ECHO), authorization=BASIC) as server:
        base = server.url.replace("http://", f"http://{USER}:{PASSWORD}@") + f"?key={TOKEN}"
        asked = ("--teacher", "openai/scripted", "--api-base", base)
        code, printed = zoped(tmp_path, "generate", *asked, "-n", "4", "-o", "other.jsonl")
    assert code == 2 and "refuses the API key" in printed
    assert leaks(tmp_path, printed) == []
