"""A full disk and a full memory are told as such, whichever library met them."""

import errno
import sqlite3

import pytest
import torch

from zoped.train.grpo.faults import MachineFault, machine_faults


def real_allocation_failure():
    torch.empty(2**50)


def chained():
    try:
        raise OSError(errno.ENOSPC, "No space left on device", "/runs/a/model.safetensors")
    except OSError as error:
        raise ValueError("cannot save the model") from error


def raised(error):
    raise error


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        (real_allocation_failure, "out of memory in step 3 .*train.gradient_accumulation_steps"),
        (lambda: raised(MemoryError()), r"out of memory in step 3 \(MemoryError\)"),
        (
            lambda: raised(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")),
            "Tried to allocate 2 GiB",
        ),
        (chained, "the disk is full.*/runs/a/model.safetensors"),
        (
            lambda: raised(sqlite3.OperationalError("database or disk is full")),
            "disk is full.*/runs",
        ),
    ],
)
def test_a_fault_of_the_machine_is_one_message(fails, message):
    told = machine_faults("/runs", lambda: "step 3")
    with pytest.raises(MachineFault, match=message) as caught, told:
        fails()
    assert "\n" not in str(caught.value)


def test_other_errors_stay_what_they_are():
    with pytest.raises(KeyError), machine_faults("/runs", lambda: "step 3"):
        raise KeyError("out of memory")  # no fault of the machine's: only its words are like one
