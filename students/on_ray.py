"""A student whose batches are answered by the machines of a Ray cluster.

What is answered together, and with which random seed, does not depend on who answers: on machines of
one kind the answers are those of one machine. The weights go to the workers through Ray's object store;
no folder has to be shared.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from zoped.foundation.ray_cluster import connect, ray_faults
from zoped.students.hugging_face import Batch, HFStudent


class RayWorkers:
    """Workers that answer for a student, until nobody refers to them.

    A worker gets one batch at a time. One that is lost is started again, on another machine if need
    be, and answers its batch again. Raises RayError.

    Args:
        student: Whose weights they have, as they are now.
        address: Of the cluster, as for `connect`.
        workers: How many; one a GPU of the cluster, or one a processor where it has none.
        gpus: That one worker takes; 1 where the cluster has any.
    """

    def __init__(
        self,
        student: HFStudent,
        *,
        address: str | None = None,
        workers: int | None = None,
        gpus: float | None = None,
    ) -> None:
        self._ray = connect(address)
        with ray_faults(self._ray):
            there = self._ray.cluster_resources()
            share = gpus if gpus is not None else float(bool(there.get("GPU")))
            count = workers or max(1, int(there["GPU"] / share if share else there["CPU"]))
            # Processors are for what generates, which has them while these wait. Ray takes none for an
            # actor of which nothing is said, but places it where there is one.
            place = {"num_gpus": share, "num_cpus": 0} if share else {}
            start = self._ray.remote(
                max_restarts=-1, max_task_retries=-1, scheduling_strategy="SPREAD", **place
            )(_Worker)
            # Kept: a worker that is started again reads it again.
            self._student = self._ray.put(_portable(student))
            self._workers = [start.remote(self._student) for _ in range(count)]

    def answers(self, batches: Iterable[Batch]) -> Iterator[list[str]]:
        """The answers to each batch, in order: for a student's `answer_batches`."""
        from ray.util import ActorPool

        pool = ActorPool(self._workers)
        with ray_faults(self._ray):
            yield from pool.map(lambda worker, batch: worker.answers.remote(batch), list(batches))


class _Worker:
    """In a process of the cluster."""

    def __init__(self, student: HFStudent) -> None:
        import torch

        if torch.cuda.is_available():
            student.model = student.model.to("cuda")
        self.student = student

    def answers(self, batch: Batch) -> list[str]:
        return self.student.answers_to_batch(batch)


def _portable(student: HFStudent) -> HFStudent:
    """A copy that any machine can load, and that tells nobody of its progress."""
    made = copy.copy(student)
    if student.model.device.type != "cpu":
        made.model = copy.deepcopy(student.model).to("cpu")
    made.on_answered = _nobody
    made.answer_batches = None
    return made


def _nobody(texts: int) -> Any:
    """Whoever measures is told by the process that measures."""
