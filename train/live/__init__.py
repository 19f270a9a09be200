"""Problems for a training that is under way, chosen by what it has learnt so far."""

from zoped.train.live.problems import LiveProblem, LiveProblems
from zoped.train.live.refill import NoMoreProblems
from zoped.train.live.settings import LiveSettings
from zoped.train.live.store import LiveError, UnknownProblem

__all__ = [
    "LiveError",
    "LiveProblem",
    "LiveProblems",
    "LiveSettings",
    "NoMoreProblems",
    "UnknownProblem",
]
