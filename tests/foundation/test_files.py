"""A file is whole or not there, whatever stops its writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zoped.foundation.files import drafted, remove_drafts, whole_lines, write_whole


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, "é\u2028\n")
    assert path.read_bytes() == "é\u2028\n".encode()
    write_whole(path, b"\r\n")
    assert path.read_bytes() == b"\r\n" and os.listdir(tmp_path) == ["a.json"]


def test_a_writer_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")
    with pytest.raises(RuntimeError, match="half way"), drafted(path) as draft:
        draft.write_text("ne")
        raise RuntimeError("half way")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_a_writer_that_is_killed_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")
    script = (
        "import os, pathlib, signal, sys\n"
        "from zoped.foundation.files import drafted\n"
        "with drafted(pathlib.Path(sys.argv[1])) as draft:\n"
        "    draft.write_text('ne')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL and path.read_text() == "old"
    remove_drafts(tmp_path)
    assert os.listdir(tmp_path) == ["a.txt"]


def test_of_lines_only_whole_ones_count_and_what_is_cut_off_is_taken_away(tmp_path):
    path = tmp_path / "rows"
    assert whole_lines(path) == []
    path.write_text("one\ntwo\u2028still two\nthr", encoding="utf-8")
    assert whole_lines(path) == ["one", "two\u2028still two"]
    assert path.read_text(encoding="utf-8") == "one\ntwo\u2028still two\n"
    path.write_text("no end", encoding="utf-8")
    assert whole_lines(path) == [] and not path.read_bytes()
