"""Is the final answer in a text the right one? `grade(text, answer) -> 1.0 or 0.0`."""

from zoped_grade.answer_type import ANSWER_TYPES, answer_type
from zoped_grade.final_answer import extract_answer
from zoped_grade.grade import grade
from zoped_grade.match import answers_match

__all__ = ["ANSWER_TYPES", "answer_type", "answers_match", "extract_answer", "grade"]
