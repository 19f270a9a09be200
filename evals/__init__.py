"""Measuring: answers, pass rates, accuracy, and what a program generates."""

from zoped.evals.accuracy import Accuracy, accuracy, greedy_accuracy
from zoped.evals.answers.match import answers_match, extract_answer, is_right, parse_answer
from zoped.evals.band import Band
from zoped.evals.intervals import paired_difference, wilson_interval
from zoped.evals.measured import measured_rates
from zoped.evals.measurement import (
    Decision,
    Measurement,
    as_asked,
    measure_decisions,
    measure_program,
    student_note,
    student_notes,
)
from zoped.evals.pass_rate import (
    BoundedMeter,
    Meter,
    PassRate,
    PassRateMeter,
    RememberingMeter,
)
from zoped.evals.sampling import GreedyStudent, Question, Student

__all__ = [
    "Accuracy",
    "Band",
    "BoundedMeter",
    "Decision",
    "GreedyStudent",
    "Measurement",
    "Meter",
    "PassRate",
    "PassRateMeter",
    "Question",
    "RememberingMeter",
    "Student",
    "accuracy",
    "answers_match",
    "as_asked",
    "extract_answer",
    "greedy_accuracy",
    "is_right",
    "measure_decisions",
    "measure_program",
    "measured_rates",
    "paired_difference",
    "parse_answer",
    "student_note",
    "student_notes",
    "wilson_interval",
]
