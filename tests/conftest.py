"""What every test starts from: no thread spinning, no telemetry, DSPy as it comes."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest


@pytest.fixture
def skilled_student():
    from tests.simulated import SkilledStudent

    return SkilledStudent
