"""Problems rewritten in words alone: the baseline that symbols have to beat."""

from zoped.programs.text_arm.problem import TextProblem, WrongAnswers, wrong_answers
from zoped.programs.text_arm.rewrite_texts import RewriteTexts

__all__ = ["RewriteTexts", "TextProblem", "WrongAnswers", "wrong_answers"]
